"""Traces of requests, one ASGI layer around the app.

Sentry's own integration for Litestar is left out: it reads and parses every body before the app sees it, and reports
refusals as crashes.
"""

import re

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.vendors import crashes

UNTRACED = ("/health", "/metrics", "/api/events")
_ID = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)")


def traced(app: ASGIApp) -> ASGIApp:
    """Return the app, its requests traced when this process reports to Sentry."""
    if not crashes.started():
        return app

    async def trace_request(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNTRACED) or scope["path"].endswith("/events"):
            return await app(scope, receive, send)
        import sentry_sdk

        name = f"{scope['method']} {_ID.sub('{id}', scope['path'])}"
        with crashes.trace("http.server", name):

            async def note_status(message: Message) -> None:
                if message["type"] == "http.response.start" and (span := sentry_sdk.get_current_span()):
                    span.set_http_status(message["status"])
                await send(message)

            await app(scope, receive, note_status)
        return None

    return trace_request
