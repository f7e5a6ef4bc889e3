"""Files in a local folder. A crash at any moment leaves the old file or the new one, never half of one."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import uuid4

from app.vendors import Unavailable
from app.vendors.storage import CHUNK_BYTES, FileMissing, Files, StoredFile, checked_key, checked_prefix

T = TypeVar("T")

PARTIAL = ".partial"
"""The folder for what is being written. No key starts with a dot, so nothing in it is ever listed or read."""

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.1
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LIST_BATCH = 500
LAST_ATTEMPT = 9


class LocalFiles(Files):
    """Keeps files below `root`. All file access runs in threads."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    async def put(self, key: str, data: bytes) -> None:
        """Store a file, in place of what was there. It has reached the disk when this returns."""
        await _in_thread(self._write, checked_key(key), data)

    async def get(self, key: str) -> bytes:
        """Return a file. Raises FileMissing."""
        return await _in_thread(_read_whole, self._path(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, 256 KiB at a time. Raises FileMissing at the first chunk."""
        part = await _in_thread(_Part.open, self._path(key), start, end)
        try:
            while chunk := part.chunk:
                yield chunk
                await _in_thread(part.advance)
        finally:
            part.close()

    async def delete(self, *keys: str) -> None:
        """Delete files, and the folders they leave empty."""
        await _in_thread(self._remove, [self._path(key) for key in keys])

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files in a folder and in those below it."""
        walk = self._walk(self._root / checked_prefix(prefix))
        while batch := await _in_thread(lambda: [*islice(walk, LIST_BATCH)]):
            for file in batch:
                yield file

    async def check(self) -> None:
        """Raise Unavailable when the folder cannot be written or the disk is nearly full."""
        await _in_thread(self._probe)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _write(self, key: str, data: bytes) -> None:
        with self._partial(data) as partial:
            self._move(partial, self._path(key))

    @contextlib.contextmanager
    def _partial(self, data: bytes) -> Generator[Path]:
        """A file that has reached the disk and is gone after the block, unless it was moved."""
        partial = self._root / PARTIAL / uuid4().hex
        _make_folder(partial.parent)
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield partial
        finally:
            partial.unlink(missing_ok=True)

    def _move(self, partial: Path, path: Path) -> None:
        for attempt in range(LAST_ATTEMPT + 1):
            _make_folder(path.parent)
            try:
                partial.replace(path)
                break
            except FileNotFoundError:  # another call deleted the folder's last file, and the folder, just now
                if attempt == LAST_ATTEMPT:
                    raise
        with contextlib.suppress(FileNotFoundError):  # deleted again already
            _sync_folder(path.parent)

    def _remove(self, paths: Sequence[Path]) -> None:
        for path in paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
            for folder in path.parents:
                if folder == self._root:
                    break
                with contextlib.suppress(OSError):  # not empty: it stays
                    folder.rmdir()

    def _walk(self, folder: Path) -> Iterator[StoredFile]:
        for place, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(place, name)
                with contextlib.suppress(FileNotFoundError):  # deleted while we look
                    found = path.stat()
                    changed = datetime.fromtimestamp(found.st_mtime, UTC)
                    yield StoredFile(path.relative_to(self._root).as_posix(), found.st_size, changed)

    def _probe(self) -> None:
        with self._partial(b"probe"):
            pass
        disk = os.statvfs(self._root)
        free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        if free < min(LEAST_FREE_BYTES, LEAST_FREE_SHARE * size):
            raise Unavailable("There is no room left for files.", code="storage-full", detail=f"{free} bytes free")


class _Part:
    """A range of an open file, a chunk at a time; a small file is opened, read and closed in one call."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file = file
        self._left = left
        self.chunk = b""

    @classmethod
    def open(cls, path: Path, start: int, end: int | None) -> "_Part":
        file = _open(path)
        size = os.fstat(file.fileno()).st_size
        file.seek(start)
        part = cls(file, (size if end is None else min(end, size)) - start)
        part.advance()
        return part

    def advance(self) -> None:
        self.chunk = self._file.read(min(self._left, CHUNK_BYTES)) if self._left > 0 else b""
        self._left -= len(self.chunk)
        if self._left <= 0 or not self.chunk:
            self.close()

    def close(self) -> None:
        self._file.close()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise FileMissing(path.name) from error


def _read_whole(path: Path) -> bytes:
    with _open(path) as file:
        return file.read()


def _make_folder(folder: Path) -> None:
    """Make a folder that survives a crash: its parent has to know it, on disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _in_thread(work: Callable[..., T], *args: object) -> T:
    """Run file access in a thread, its failures in our words."""
    try:
        return await asyncio.to_thread(work, *args)
    except OSError as error:
        if error.errno in FULL:
            words, code = "There is no room left for files.", "storage-full"
        else:
            words, code = "Files cannot be stored or read right now.", "storage-down"
        raise Unavailable(words, code=code, detail=str(error)) from error
