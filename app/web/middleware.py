"""The outermost layer: what holds for every request and every answer, also when routing itself refuses.

Route middleware never sees a 404 or 405; so the request id, the security headers, HEAD, OPTIONS, CORS, the last net for
errors and the access log stand here, around the whole application.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.lib.errors import Invalid, Problem
from app.settings import Settings
from app.web import requests
from app.web.cors import Cors
from app.web.problems import MEDIA_TYPE, InternalError, document
from app.web.routes import RouteTable

log = structlog.get_logger()

Header = tuple[bytes, bytes]
Observe = Callable[[str, str, int, float], None]

CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
)
UNLESS_SET: tuple[Header, ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cache-control", b"private, no-store"),
)
HSTS: Header = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
QUIET = ("/health", "/metrics")  # asked every few seconds by machines; their lines would bury the others


def _ignore(method: str, route: str, status: int, seconds: float) -> None:
    """Observe nothing."""


class Shell:
    """Wraps the application. `observe` is told method, route template, status, and seconds until the answer began."""

    def __init__(self, app: ASGIApp, settings: Settings, routes: RouteTable, observe: Observe = _ignore) -> None:
        self.app = app
        self.routes = routes
        self.cors = Cors(settings)
        self.observe = observe
        self.always = (*ALWAYS, HSTS) if settings.base_url.startswith("https://") else ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; anything but HTTP passes through untouched."""
        if scope["type"] == "http":
            await _Exchange(self, cast("dict[str, Any]", scope), receive, send).run()
        else:
            await self.app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_began", "_head", "_peek", "_receive", "_scope", "_send", "_shell", "_start", "_state", "_status")

    def __init__(self, shell: Shell, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._shell = shell
        self._receive = receive
        self._send = send
        self._start = perf_counter()
        self._began = 0.0  # when the answer's head left
        self._status = 0
        self._head = scope["method"] == "HEAD"
        self._scope: dict[str, Any] = {**scope, "method": "GET"} if self._head else scope
        self._peek = requests.peek(scope["headers"])
        self._state: dict[str, Any] = self._scope.setdefault("state", {})
        self._state["request_id"] = self._peek.request_id
        self._state["traceparent"] = self._peek.traceparent
        self._state["trace_id"] = self._peek.trace_id

    async def run(self) -> None:
        """Answer the request, whatever happens, and write its line in the log."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._peek.request_id)
        try:
            await self._serve()
        except Exception as error:
            # Once an answer has begun there is no second one; ending here makes the server cut the connection.
            log.error("request.failed", exc_info=error)
            if not self._status:
                await self._refuse(InternalError("It has been recorded. Tell us the request id."))
        finally:
            self._record()

    async def _serve(self) -> None:
        if fault := requests.unreadable(self._scope, self._peek):
            await self._refuse(Invalid(fault))
        elif self._scope["method"] == "OPTIONS" and (allow := self._shell.routes.allow(self._scope["path"])):
            await self._options(allow)
        elif self._head:
            listener = requests.HeadListener()
            await self._shell.app(cast("Scope", self._scope), listener.receive, self._send_head_only(listener))
        else:
            await self._shell.app(cast("Scope", self._scope), self._receive, self._send_with_headers)

    async def _options(self, allow: str) -> None:
        headers: list[Header] = [(b"allow", allow.encode())]
        if (method := self._peek.preflight_method) is not None:
            outcome = self._shell.cors.preflight(self._peek.origin, method, self._peek.preflight_headers, allow)
            if isinstance(outcome, Problem):
                await self._refuse(outcome)
                return
            headers += outcome
        await self._answer(204, headers)

    async def _refuse(self, problem: Problem) -> None:
        body = document(problem, self._scope)
        headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
        headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self._answer(problem.status, headers, b"" if self._head else body)

    async def _answer(self, status: int, headers: list[Header], body: bytes = b"") -> None:
        await self._send_with_headers({"type": "http.response.start", "status": status, "headers": headers})
        await self._send_with_headers({"type": "http.response.body", "body": body, "more_body": False})

    async def _send_with_headers(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._began = perf_counter()
            message["headers"] = self._headers(list(message["headers"]))
        await self._send(message)

    def _send_head_only(self, listener: requests.HeadListener) -> Send:
        """Return a `send` that lets the head of an answer through and none of its body."""

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._send_with_headers(message)
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
                listener.hang_up()
            await asyncio.sleep(0)  # a stream that never waits must get to hear it

        return send

    def _headers(self, headers: list[Header]) -> list[Header]:
        present = {name for name, _ in headers}
        if b"connection" in present:  # Litestar's streams send it, and HTTP/2 forbids it
            headers = [pair for pair in headers if pair[0] != b"connection"]
        headers += [pair for pair in UNLESS_SET if pair[0] not in present]
        headers += self._shell.always
        headers.append((b"x-request-id", self._peek.request_id.encode()))
        headers += self._state.get("answer_headers", ())
        headers += self._shell.cors.headers(self._peek.origin)
        return headers

    def _record(self) -> None:
        now = perf_counter()
        scope = self._scope
        route = scope.get("path_template") or "unmatched"
        method = "HEAD" if self._head else scope["method"] if scope["method"] in requests.METHODS else "OTHER"
        self._shell.observe(method, route, self._status, (self._began or now) - self._start)
        write = log.debug if route.startswith(QUIET) else log.info
        write("request", method=method, route=route, status=self._status, ms=round((now - self._start) * 1000, 1))
