"""What is read from a raw request before anything else looks at it."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from uuid import uuid4

from litestar.types import HTTPDisconnectEvent, HTTPReceiveMessage, HTTPRequestEvent

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")  # w3.org/TR/trace-context
_WATCHED = frozenset(
    {
        b"x-request-id",
        b"origin",
        b"traceparent",
        b"access-control-request-method",
        b"access-control-request-headers",
    }
)


class Peek(NamedTuple):
    """The few headers the shell itself acts on, read in one pass."""

    request_id: str
    origin: bytes | None
    traceparent: str | None
    trace_id: str | None
    preflight_method: str | None
    preflight_headers: str
    hosts: int


def peek(headers: Iterable[tuple[bytes, bytes]]) -> Peek:
    """Return what the shell needs to know of a request; a request id that is not well-formed is replaced."""
    hosts = 0
    seen: dict[bytes, bytes] = {}
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name in _WATCHED:
            seen[name] = value
    given = seen.get(b"x-request-id", b"")
    trace = _TRACEPARENT.fullmatch(seen.get(b"traceparent", b""))
    asked = seen.get(b"access-control-request-method")
    return Peek(
        request_id=given.decode() if _REQUEST_ID.fullmatch(given) else uuid4().hex,
        origin=seen.get(b"origin"),
        traceparent=trace[0].decode() if trace else None,
        trace_id=trace[1].decode() if trace else None,
        preflight_method=None if asked is None else asked.decode("latin-1"),
        preflight_headers=seen.get(b"access-control-request-headers", b"").decode("latin-1"),
        hosts=hosts,
    )


def unreadable(scope: Mapping[str, Any], seen: Peek) -> str | None:
    """Return what makes a request line no route should see, or None."""
    if seen.hosts > 1:
        return "The request names two hosts."
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    if not _is_text(raw_path):
        return "The path holds a NUL or is not UTF-8."
    if not _is_text(scope.get("query_string", b"")):
        return "The query holds a NUL or is not UTF-8."
    return None


def _is_text(raw: bytes) -> bool:
    if b"%" not in raw and raw.isascii():
        return b"\0" not in raw
    try:
        return "\0" not in unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return False


class HeadListener:
    """Receives for a HEAD request: no body, then, once the head of the answer is out, a client that hangs up."""

    def __init__(self) -> None:
        self._asked = False
        self._gone = asyncio.Event()

    def hang_up(self) -> None:
        """Let the application see a disconnect, which ends a stream."""
        self._gone.set()

    async def receive(self) -> HTTPReceiveMessage:
        """Return the next thing the application hears from the client."""
        if not self._asked:
            self._asked = True
            return HTTPRequestEvent(type="http.request", body=b"", more_body=False)
        await self._gone.wait()
        return HTTPDisconnectEvent(type="http.disconnect")
