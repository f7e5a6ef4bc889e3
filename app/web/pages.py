"""The page itself: static files, read once and served with an ETag, compressed where the browser takes it."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.params import FromPath

from app.lib.errors import NotFound
from app.web.access import Access

FOLDER = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class PageNotFound(NotFound):
    """No such file belongs to the page."""


class StaticFile(NamedTuple):
    """One file of the page, ready to be sent."""

    body: bytes
    zipped: bytes
    content_type: str
    etag: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return every file of the page by its name below the folder."""
    files = [path for path in FOLDER.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(FOLDER).as_posix(): _load(path) for path in files}


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    content_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if content_type == "text/html":
        content_type += "; charset=utf-8"
    return StaticFile(body, gzip.compress(body, 9, mtime=0), content_type, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def static_answer(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """Return one file of the page. Raises PageNotFound."""
    file = static_files().get(name)
    if file is None:
        raise PageNotFound("Check the address.")
    zips = "gzip" in request.headers.get("accept-encoding", "") and len(file.zipped) < len(file.body)
    headers = {
        "ETag": file.etag,
        "Cache-Control": "no-cache",  # asked again each time, answered 304: a new release is seen at once
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Encoding",
    }
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.content_type)
    if zips:
        headers["Content-Encoding"] = "gzip"
    return Response(file.zipped if zips else file.body, headers=headers, media_type=file.content_type)


@get("/", opt={"access": Access.PUBLIC, "unlimited": True}, include_in_schema=False)
async def index(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the page."""
    return static_answer(request, "index.html")


@get("/page/{name:path}", opt={"access": Access.PUBLIC, "unlimited": True}, include_in_schema=False)
async def page_file(request: Request[Any, Any, Any], name: FromPath[Path]) -> Response[bytes]:
    """Return one of the page's files."""
    return static_answer(request, name.as_posix().lstrip("/"))


@get("/favicon.ico", opt={"access": Access.PUBLIC, "unlimited": True}, include_in_schema=False)
async def favicon(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the icon browsers ask for unasked."""
    return static_answer(request, "favicon.svg")


CONTROLLERS = (index, page_file, favicon)
