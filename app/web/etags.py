"""Versions of things: strong ETags, answers that say "not modified", changes that say which version they change."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.di import Provide

from app.lib.errors import FieldError, Invalid, PreconditionFailed, PreconditionRequired

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]

REVALIDATE = "private, no-cache"  # may be kept, must be asked about
_TAG = re.compile(r'(?:W/)?"[^"]*"')


def etag_of(entity_id: UUID, version: int) -> str:
    """Return the strong ETag of one version of one thing."""
    return f'"{entity_id.hex}.{version}"'


def is_fresh(request: AnyRequest, etag: str) -> bool:
    """Tell whether the client already has this version."""
    header = ", ".join(request.headers.getall("if-none-match", []))
    return header.strip() == "*" or etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in _TAG.findall(header))


def tagged(
    request: AnyRequest, content: T, etag: str, headers: Mapping[str, str] | None = None, status_code: int | None = None
) -> Response[T]:
    """Return a thing with its ETag, or 304 when the client has this version (for reads only)."""
    answer_headers = {"ETag": etag, "Cache-Control": REVALIDATE, **(headers or {})}
    if request.method == "GET" and is_fresh(request, etag):
        return not_modified(answer_headers)
    return Response(content, headers=answer_headers, status_code=status_code)


def not_modified(headers: Mapping[str, str]) -> Response[Any]:
    """Return 304 with the headers the full answer would have had."""
    return Response(b"", status_code=304, headers=dict(headers))  # None has no encoding but in JSON


class IfMatch(msgspec.Struct, frozen=True):
    """Which versions a change is meant for; without the header, any."""

    tags: frozenset[str] | None = None

    def check(self, entity_id: UUID, version: int) -> None:
        """Raise PreconditionFailed unless the thing still is in a version the client names."""
        if self.tags is not None and etag_of(entity_id, version) not in self.tags:
            raise PreconditionFailed("It has changed since you read it. Read it again, then repeat your change.")


async def provide_if_match(request: AnyRequest) -> IfMatch:
    """Return what If-Match says. Raises PreconditionRequired where a route cannot do without."""
    found = request.headers.getall("if-match", [])
    header = ", ".join(found)
    if found and not header.strip():
        raise Invalid("Correct the header.", errors=[FieldError("header.If-Match", "Must not be empty")])
    if not found:
        if request.route_handler.opt.get("if_match") == "required":
            raise PreconditionRequired("Send If-Match with the ETag of the version you read.")
        return IfMatch()
    if header.strip() == "*":
        return IfMatch()
    return IfMatch(frozenset(tag for tag in _TAG.findall(header) if not tag.startswith("W/")))


IF_MATCH = {"if_match": Provide(provide_if_match)}
