"""Where files lie: bytes under a key, in a local folder (`local.py`) or an object store (`object_store.py`).

A key is a path of plain names, such as `assets/0189…/w640.webp`: letters, digits, `.`, `_` and `-`, parted by slashes.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

import msgspec

CHUNK_BYTES = 256 * 1024
KEY_LENGTH = 500
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class StoredFile(msgspec.Struct, frozen=True):
    """One file in a listing."""

    key: str
    size_bytes: int
    modified_at: datetime


class FileMissing(Exception):
    """Nothing is stored under this key."""


class Files(Protocol):
    """Keeps files. Every method raises Unavailable when the store is away, full or not set up."""

    async def put(self, key: str, data: bytes) -> None:
        """Store a file, in place of what was there: in full and for good when this returns, or not at all."""
        ...

    async def get(self, key: str) -> bytes:
        """Return a file. Raises FileMissing."""
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`, at most CHUNK_BYTES at a time.

        A range past the file's end is cut to the file. Raises FileMissing at the first chunk.
        """
        ...

    async def delete(self, *keys: str) -> None:
        """Delete files; one that is not there is fine."""
        ...

    def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files in a folder and in the folders below it, in no order; an empty prefix lists everything."""
        ...

    async def check(self) -> None:
        """Raise Unavailable unless files can be written now."""
        ...


def checked_key(key: str) -> str:
    """Return the key. Raises ValueError when it is not a path of plain names, which no key of ours ever is."""
    if len(key) > KEY_LENGTH or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key[:100]!r}")
    return key


def checked_prefix(prefix: str) -> str:
    """Return a folder without its closing slash; empty means everything. Raises ValueError like `checked_key`."""
    return checked_key(prefix.removesuffix("/")) if prefix else ""
