"""Stored bytes as an answer: whole or in part, known by their ETag, and harmless in a browser."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.response import Stream

from app.lib.errors import NotFound, Problem
from app.lib.text import one_line
from app.vendors.storage import CHUNK_BYTES, FileMissing, Files
from app.web.etags import is_fresh, not_modified

log = structlog.get_logger()

IMMUTABLE = "private, max-age=31536000, immutable"
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"  # opened on its own it runs and loads nothing
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class FileGone(NotFound):
    """The row says there is a file, the store has none."""

    title = "The file is gone"


class RangeNotSatisfiable(Problem):
    """416: the part asked for lies outside the file."""

    status = 416
    title = "The range lies outside the file"


class Download(msgspec.Struct, frozen=True):
    """What is sent."""

    key: str
    size_bytes: int
    etag: str  # strong, with its quotes
    media_type: str
    filename: str = ""  # suggested when it is saved
    attachment: bool = False  # saved rather than shown
    cache_control: str = IMMUTABLE

    async def answer(self, request: Request[Any, Any, Any], files: Files) -> Response[Any]:
        """Return the whole file, the part asked for, or 304. Raises FileGone, RangeNotSatisfiable."""
        headers = self._headers()
        if is_fresh(request, self.etag):
            return not_modified(headers)
        part = self._part(request)
        start, end = part or (0, self.size_bytes)
        headers["Content-Length"] = str(end - start)
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{self.size_bytes}"
        status = 206 if part else 200
        chunks = files.read(self.key, start, end)
        first = await self._first(chunks)
        if end - start <= CHUNK_BYTES:
            body = first + b"".join([chunk async for chunk in chunks])
            return Response(body, status_code=status, headers=headers, media_type=self.media_type)
        return Stream(_chain(first, chunks), status_code=status, headers=headers, media_type=self.media_type)

    def _headers(self) -> dict[str, str]:
        kind = "attachment" if self.attachment else "inline"
        return {
            "ETag": self.etag,
            "Cache-Control": self.cache_control,
            "Accept-Ranges": "bytes",
            "Content-Security-Policy": SANDBOX,
            "Content-Disposition": disposition(kind, self.filename),
        }

    def _part(self, request: Request[Any, Any, Any]) -> tuple[int, int] | None:
        """Return the one range asked for, its end exclusive; None when the whole file answers."""
        match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
        unless = request.headers.get("if-range")
        if not match or not any(match.groups()) or (unless is not None and unless != self.etag):
            return None  # several ranges, other units and nonsense are answered whole, as the standard allows
        first, last = match.groups()
        if not first:
            start, end = max(0, self.size_bytes - int(last)), self.size_bytes
        else:
            start, end = int(first), min(int(last) + 1, self.size_bytes) if last else self.size_bytes
        if first and last and int(last) < int(first):
            return None
        if start >= end:
            whole = {"Content-Range": f"bytes */{self.size_bytes}"}
            raise RangeNotSatisfiable("Ask for bytes the file has.", headers=whole, size_bytes=self.size_bytes)
        return start, end

    async def _first(self, chunks: AsyncIterator[bytes]) -> bytes:
        """Return the first piece; once an answer has begun, a missing file could not be told any more."""
        try:
            return await anext(chunks, b"")
        except FileMissing:
            log.error("download.file_missing", key=self.key)
            raise FileGone("It cannot be downloaded any more.") from None


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def disposition(kind: str, filename: str) -> str:
    """Return Content-Disposition (RFC 6266): a plain name for old readers, the real one for the others."""
    name = one_line(filename.replace("/", "_").replace("\\", "_"), 150).strip(". ")
    if not name:
        return kind
    plain = re.sub(r'[^\x20-\x7e]|["%;]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
