"""What makes two requests the same: method, path, query, and a body that says the same."""

import asyncio
import hashlib
from typing import Any, BinaryIO, cast

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType

CHUNK = 65_536


async def fingerprint(request: Request[Any, Any, Any], *, reads_body: bool) -> bytes:
    """Return 32 bytes that differ when the request differs; a form's boundary, which is random, makes no difference."""
    digest = hashlib.blake2b(digest_size=32)
    for part in (request.method.encode(), request.scope["path"].encode(), request.scope["query_string"]):
        _add(digest, part)
    if reads_body and request.content_type[0] == RequestEncodingType.MULTI_PART:
        await _add_form(digest, request)
    elif reads_body:
        _add(digest, await request.body())
    return digest.digest()


async def _add_form(digest: hashlib.blake2b, request: Request[Any, Any, Any]) -> None:
    parts = cast("list[tuple[str, Any]]", (await request.form()).multi_items())
    for name, value in sorted(parts, key=lambda part: part[0]):
        _add(digest, name.encode())
        if isinstance(value, UploadFile):
            _add(digest, value.filename.encode())
            _add(digest, value.content_type.encode())
            await asyncio.to_thread(_add_file, digest, cast("BinaryIO", value.file))
        else:
            _add(digest, str(value).encode())


def _add_file(digest: hashlib.blake2b, file: BinaryIO) -> None:
    """Add a file's content, in pieces, and leave it as it was found: at its beginning."""
    content = hashlib.blake2b()
    while chunk := file.read(CHUNK):
        content.update(chunk)
    file.seek(0)
    _add(digest, content.digest())


def _add(digest: hashlib.blake2b, part: bytes) -> None:
    """Add one part with its length, so that no two lists of parts look alike."""
    digest.update(len(part).to_bytes(8))
    digest.update(part)
