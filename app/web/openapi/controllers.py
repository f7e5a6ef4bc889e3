"""Serves the document and the page that shows it; both are made once."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from litestar import Litestar, Request, Response, get

from app.web.access import Access
from app.web.etags import is_fresh, not_modified
from app.web.openapi.build import document
from app.web.openapi.reference import POLICY, page

PUBLIC = {"access": Access.PUBLIC, "unlimited": True}
AnyRequest = Request[Any, Any, Any]


class _Made(NamedTuple):
    """Bytes to send, and their ETag."""

    body: bytes
    etag: str


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, media_type="application/json")
async def openapi_json(request: AnyRequest) -> Response[bytes]:
    """Return the OpenAPI document."""
    return _send(request, _made(request.app)[0], {})


@get("/docs", opt=PUBLIC, include_in_schema=False, media_type="text/html")
async def docs(request: AnyRequest) -> Response[bytes]:
    """Return the document as a page to read, with every problem code."""
    return _send(request, _made(request.app)[1], {"Content-Security-Policy": POLICY})


def _made(app: Litestar) -> tuple[_Made, _Made]:
    """Return the document and its page, made when they are first asked for."""
    found: tuple[_Made, _Made] | None = app.state.get("contract")
    if found is None:
        contents = document(app, app.state.settings)
        found = _tag(msgspec.json.encode(contents)), _tag(page(contents).encode())
        app.state["contract"] = found
    return found


def _tag(body: bytes) -> _Made:
    return _Made(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _send(request: AnyRequest, made: _Made, headers: dict[str, str]) -> Response[bytes]:
    headers = {"ETag": made.etag, "Cache-Control": "no-cache", **headers}
    return not_modified(headers) if is_fresh(request, made.etag) else Response(made.body, headers=headers)


CONTROLLERS = (openapi_json, docs)
