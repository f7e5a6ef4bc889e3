"""Which pages on other origins may call with credentials: exactly those the operator named, and no pattern."""

from app.lib.errors import Forbidden, Problem
from app.settings import Settings
from app.web.problems import MethodNotAllowed

Header = tuple[bytes, bytes]

REQUEST_HEADERS = (
    "accept, accept-language, authorization, cache-control, content-type, idempotency-key, if-match, if-none-match, "
    "if-range, last-event-id, range, traceparent, tracestate, x-csrf-token, x-request-id"
)
EXPOSED_HEADERS = (
    "Accept-Ranges, Content-Disposition, Content-Range, Deprecation, ETag, Idempotency-Replayed, Link, Location, "
    "RateLimit, RateLimit-Policy, Retry-After, Sunset, X-Request-Id"
)
_ALLOWED = frozenset(REQUEST_HEADERS.split(", "))


class CorsRefused(Forbidden):
    """A preflight asked for a header no route reads."""

    title = "This cross-origin request is not allowed"


class Cors:
    """Answers the two questions of cross-origin requests: may this origin read, and what may it send."""

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/").encode() for origin in settings.cors_origins)
        self.enabled = bool(self._origins)

    def headers(self, origin: bytes | None) -> list[Header]:
        """Return what every answer to this origin carries, refusals too; nothing for an origin not named."""
        if not self.enabled:
            return []
        found: list[Header] = [(b"vary", b"Origin")]
        if origin in self._origins:
            found += [
                (b"access-control-allow-origin", origin or b""),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
            ]
        return found

    def preflight(self, origin: bytes | None, method: str, headers: str, allow: str) -> list[Header] | Problem:
        """Return what a preflight's answer says, or why it is refused."""
        if origin not in self._origins:
            return []
        if method not in allow.split(", "):
            return MethodNotAllowed("`Allow` lists what it has.", headers={"Allow": allow})
        unknown = {name.strip().lower() for name in headers.split(",") if name.strip()} - _ALLOWED
        if unknown:
            return CorsRefused("No route reads one of the headers asked for.")
        return [
            (b"access-control-allow-methods", allow.encode()),
            (b"access-control-allow-headers", REQUEST_HEADERS.encode()),
            (b"access-control-max-age", b"600"),
        ]
