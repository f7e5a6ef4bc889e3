"""Refusals: each a class named for what is refused, turned into one RFC 9457 document by the web shell.

A class's name is its code on the wire: `RoomNotFound` is `room-not-found`. Anything raised that is not a `Problem` is a
bug and ends as 500.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One thing wrong with a request: where (a JSON Pointer, or `query.name`) and why."""

    pointer: str
    message: str


class Problem(Exception):
    """A request that is understood and refused. `detail` tells the reader what to do next."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad request"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **facts: str | int | float | bool | list[str] | None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.facts = facts

    @classmethod
    def code(cls) -> str:
        """Return the class's name in kebab case: the problem's stable code."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()


class Invalid(Problem):
    """400: the request does not match the OpenAPI document."""

    status = 400
    title = "The request is not valid"


class Unauthenticated(Problem):
    """401: no credentials, or none that count."""

    status = 401
    title = "Sign in first"

    def __init__(self, detail: str = "Send the session cookie, or an API key as a bearer token.") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """403: known, and not allowed."""

    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """404: not there, or somebody else's, which must look the same."""

    status = 404
    title = "Not found"


class Conflict(Problem):
    """409: right, but not now."""

    status = 409
    title = "Not possible right now"


class PreconditionFailed(Problem):
    """412: the resource has changed since it was read."""

    status = 412
    title = "Changed in the meantime"


class TooLarge(Problem):
    """413: more bytes than the route accepts."""

    status = 413
    title = "Too large"


class UnsupportedMedia(Problem):
    """415: the content type of the request, or what the file really is, is not accepted."""

    status = 415
    title = "This kind of content is not accepted"


class Unprocessable(Problem):
    """422: matches the document, refused for its content."""

    status = 422
    title = "The content cannot be accepted"


class PreconditionRequired(Problem):
    """428: the change must say which version it changes."""

    status = 428
    title = "Say which version you change"


class TooMany(Problem):
    """429: more often than the limit allows."""

    status = 429
    title = "Too many requests"

    def __init__(
        self,
        detail: str,
        *,
        retry_after_s: int,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            detail,
            headers={**(headers or {}), "Retry-After": str(max(1, retry_after_s))},
        )


class TemporarilyUnavailable(Problem):
    """503: a part of the system is away; asking again later works."""

    status = 503
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, retry_after_s: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(1, retry_after_s))})
