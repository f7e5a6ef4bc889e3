"""The page itself: static files, read once and served with an ETag, compressed where the browser takes it."""

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.params import FromPath

from app.lib.errors import NotFound
from app.web.access import Access
from app.web.etags import is_fresh

FOLDER = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}  # Litestar adds UTF-8 to text
_RULED_OUT = re.compile(r"q\s*=\s*0(\.0*)?\s*$")


class PageNotFound(NotFound):
    """No such file belongs to the page."""


class StaticFile(NamedTuple):
    """One file of the page, ready to be sent. A strong ETag stands for exact bytes, so each form has its own."""

    body: bytes
    zipped: bytes
    content_type: str
    digest: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return every file of the page by its name below the folder."""
    files = [path for path in FOLDER.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(FOLDER).as_posix(): _load(path) for path in files}


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    content_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(body, gzip.compress(body, 9, mtime=0), content_type, hashlib.sha256(body).hexdigest()[:24])


def static_answer(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """Return one file of the page. Raises PageNotFound."""
    file = static_files().get(name)
    if file is None:
        raise PageNotFound("Check the address.")
    zips = _takes_gzip(request.headers.get("accept-encoding", "")) and len(file.zipped) < len(file.body)
    etag = f'"{file.digest}-gzip"' if zips else f'"{file.digest}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache",  # asked again each time, answered 304: a new release is seen at once
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Encoding",
    }
    if is_fresh(request, etag):
        return Response(b"", status_code=304, headers=headers, media_type=file.content_type)
    if zips:
        headers["Content-Encoding"] = "gzip"
    return Response(file.zipped if zips else file.body, headers=headers, media_type=file.content_type)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether Accept-Encoding names gzip, and not only to rule it out."""
    return any(
        coding.strip().lower() in ("gzip", "x-gzip") and not _RULED_OUT.search(weight)
        for coding, _, weight in (choice.partition(";") for choice in accepted.split(","))
    )


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
