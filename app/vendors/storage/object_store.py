"""Files in an object store that speaks S3, GCS or Azure's protocol, through obstore (the Rust object_store library).

Credentials come the cloud's own way (AWS_ACCESS_KEY_ID and friends, instance roles, …) unless given.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, cast

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from app.lib.text import one_line
from app.vendors import Unavailable
from app.vendors.storage import CHUNK_BYTES, FileMissing, Files, StoredFile, checked_key, checked_prefix

T = TypeVar("T")

LIMIT_S = 20.0
"""One call, its retries included: what a render has left for storing its picture."""
RETRIES = 3
SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")
SINGLE_DELETE = 1
LIST_BATCH = 500

DOWN = "Files cannot be stored or read right now."
SETUP = "The file store is not set up."
REFUSED = re.compile(r"status code: 40[13]\b")


class ObjectFiles(Files):
    """Keeps files in the bucket and below the prefix a URL names: `s3://bucket/prefix`, `gs://…`, `az://account/…`.

    Raises ValueError, in one line, for a URL or settings no store can be made of.
    """

    def __init__(
        self, url: str, endpoint: str = "", config: Mapping[str, str] | None = None, limit_s: float = LIMIT_S
    ) -> None:
        settings = dict(config or {})
        if endpoint and url.startswith("s3"):
            settings["endpoint"] = endpoint
        self._limit_s = limit_s
        self._store = _open_store(url, settings, endpoint.startswith("http://"), limit_s)

    async def put(self, key: str, data: bytes) -> None:
        """Store a file with one PUT, so that it appears in full or not at all."""
        checked_key(key)
        await self._call(lambda: obstore.put_async(self._store, key, data, use_multipart=False))

    async def get(self, key: str) -> bytes:
        """Return a file. Raises FileMissing."""
        checked_key(key)
        return await self._call(lambda: self._whole(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, in chunks. Raises FileMissing at the first one."""
        checked_key(key)
        if start or end is not None:
            # A store refuses a range it cannot satisfy; we promise the part of it that exists.
            size = (await self._call(lambda: obstore.head_async(self._store, key)))["size"]
            end = size if end is None else min(end, size)
            if start >= end:
                return
            options: obstore.GetOptions = {"range": (start, end)}
        else:
            options = {}
        found = await self._call(lambda: obstore.get_async(self._store, key, options=options))
        stream = aiter(found.stream(min_chunk_size=CHUNK_BYTES))
        while chunk := await self._call(lambda: _next(stream)):
            for at in range(0, len(chunk), CHUNK_BYTES):
                yield bytes(chunk[at : at + CHUNK_BYTES])

    async def delete(self, *keys: str) -> None:
        """Delete files; many in one request where the store can."""
        paths = [checked_key(key) for key in keys]
        if len(paths) == SINGLE_DELETE:
            try:
                await self._call(lambda: obstore.delete_async(self._store, paths[0]))
            except FileMissing:
                return
        elif paths:
            await self._call(lambda: obstore.delete_async(self._store, paths))

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files in a folder and in those below it."""
        stream = aiter(obstore.list(self._store, checked_prefix(prefix) or None, chunk_size=LIST_BATCH))
        while batch := await self._call(lambda: _next(stream)):
            for meta in batch:
                yield StoredFile(meta["path"], meta["size"], meta["last_modified"])

    async def check(self) -> None:
        """Raise Unavailable unless the bucket can be listed."""
        stream = aiter(obstore.list(self._store, "health", chunk_size=1))
        try:
            await self._call(lambda: _next(stream))
        except FileMissing as error:
            raise Unavailable(SETUP, code="storage-auth", detail="no such bucket") from error

    async def _whole(self, key: str) -> bytes:
        found = await obstore.get_async(self._store, key)
        return bytes(await found.bytes_async())

    async def _call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for the store, at most as long as one call may take; its failures in our words."""
        try:
            async with asyncio.timeout(self._limit_s):
                return await work()
        except FileNotFoundError as error:
            raise FileMissing(one_line(str(error), 200)) from error
        except TimeoutError as error:
            raise Unavailable(DOWN, code="storage-timeout", detail=f"{self._limit_s:g} s") from error
        except (BaseError, OSError, ValueError) as error:
            raise _failure(error) from error


def _open_store(url: str, settings: dict[str, str], allow_http: bool, limit_s: float) -> Any:
    if url.partition("://")[0] not in SCHEMES:
        raise ValueError(f"a file store's address starts with one of {', '.join(SCHEMES)} and ://")
    client: Any = {
        "allow_http": allow_http,
        "connect_timeout": timedelta(seconds=min(3, limit_s / 4)),
        # Per read, so that a silent store is found out while a long download may take its time.
        "read_timeout": timedelta(seconds=limit_s * 0.4),
        "timeout": timedelta(minutes=15),
    }
    retry: Any = {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=limit_s),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    }
    try:
        return from_url(url, config=cast(Any, settings), client_options=client, retry_config=retry)
    except (BaseError, ValueError) as error:
        raise ValueError(one_line(str(error).partition("\n")[0], 200)) from error


async def _next(stream: AsyncIterator[T]) -> T | None:
    """The stream's next item, None at its end. The built-in `anext` with a default does not work with these streams."""
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return None


def _failure(error: Exception) -> Unavailable:
    text = str(error)
    # A refused listing is a general error of the library; only its words tell the status.
    denied = isinstance(error, PermissionDeniedError | UnauthenticatedError) or REFUSED.search(text)
    # After the first line the library dumps its structures, after "<" begins the store's XML: both may hold secrets.
    detail = one_line(text.partition("\n")[0].partition("<")[0], 200)
    if denied:
        return Unavailable(SETUP, code="storage-auth", detail=detail)
    return Unavailable(DOWN, code="storage-down", detail=detail)
