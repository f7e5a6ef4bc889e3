"""Idempotency-Key: a creating request sent twice takes effect once, and gets the same answer both times.

The answer is stored in the request's own transaction, so it is there exactly when the effect is. `track` (the guard)
notes the key, `begin` (the transaction's first statement) claims or replays it, and `keep` (after the handler, before
the commit) stores the encoded answer.
"""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, cast

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.response import Stream
from litestar.types import ASGIApp
from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models.web import IdempotencyKey
from app.lib.errors import Conflict, FieldError, Invalid, Unprocessable
from app.web.access import Policy, Principal
from app.web.fingerprints import fingerprint

LIFETIME = timedelta(hours=24)
KEPT_HEADERS = frozenset({"etag", "location", "link", "content-language"})
HEADER = "Idempotency-Key"

AnyRequest = Request[Any, Any, Any]


class IdempotencyKeyInUse(Conflict):
    """The first request with this key still runs."""

    title = "A request with this Idempotency-Key is still running"


class IdempotencyKeyReused(Unprocessable):
    """The key came before, with another request."""

    title = "This Idempotency-Key was used for another request"


class Replay(Exception):
    """Not a refusal: the answer is there already, and leaves the way one does."""

    def __init__(self, stored: IdempotencyKey) -> None:
        super().__init__()
        self.stored = stored


class Attempt:
    """One keyed request on its way."""

    def __init__(self, request: AnyRequest, policy: Policy, principal: Principal, key: str) -> None:
        self.request = request
        self.reads_body = policy.body != "none"
        self.principal = f"user:{principal.user_id}"
        self.route = f"{request.method} {request.scope['path_template']}"
        self.key = key
        self.fingerprint = b""
        self.db: AsyncSession | None = None  # set once the key is claimed

    @property
    def lock(self) -> int:
        """Return the number of the advisory lock that stands for this key."""
        text = "\0".join((self.principal, self.route, self.key))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


# The hook that sees the answer is not told the request; both run in the request's own task.
_current: ContextVar[Attempt | None] = ContextVar("idempotency", default=None)


def track(connection: ASGIConnection[Any, Any, Any, Any], policy: Policy, principal: Principal | None) -> None:
    """Note the key a request came with. Raises Invalid when it is not one."""
    _current.set(None)
    keys = connection.headers.getall(HEADER, [])
    if not keys or not principal or not policy.idempotent or not isinstance(connection, Request):
        return
    if len(keys) > 1 or not 1 <= len(keys[0]) <= 255 or not all(" " <= char <= "~" for char in keys[0]):
        wrong = FieldError(f"header.{HEADER}", "Must be 1 to 255 printable ASCII characters, given once")
        raise Invalid("Correct the header.", errors=[wrong])
    _current.set(attempt := Attempt(connection, policy, principal, keys[0]))
    connection.scope["state"]["idempotency"] = attempt


async def begin(request: AnyRequest, db: AsyncSession) -> None:
    """Claim the request's key for this transaction, if it has one.

    Raises Replay when the answer is stored, IdempotencyKeyInUse while the first request runs, IdempotencyKeyReused when
    that was another request.
    """
    attempt: Attempt | None = request.scope["state"].get("idempotency")
    if attempt is None:
        return
    attempt.fingerprint = await fingerprint(request, reads_body=attempt.reads_body)
    if not await db.scalar(select(func.pg_try_advisory_xact_lock(attempt.lock))):
        raise IdempotencyKeyInUse("Send it again in a second.", headers={"Retry-After": "1"})
    # A statement of its own: one that also took the lock would not see what was committed just before.
    stored = await _find(attempt, db)
    if stored is not None and stored.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused("Use a new key for a new request.")
    if stored is not None:
        raise Replay(stored)
    attempt.db = db


async def keep(response: ASGIApp | Response[Any]) -> Any:
    """Store a creating request's answer beside its effects; for `after_request`, which runs before the commit."""
    attempt = _current.get()
    if attempt is None or attempt.db is None or not isinstance(response, Response) or isinstance(response, Stream):
        return response
    handler = attempt.request.route_handler
    status = response.status_code or handler.status_code
    if not 200 <= status < 300:
        return response
    encoded = response.to_asgi_response(None, attempt.request, media_type=handler.media_type, status_code=status)
    attempt.db.add(
        IdempotencyKey(
            principal=attempt.principal,
            route=attempt.route,
            key=attempt.key,
            fingerprint=attempt.fingerprint,
            status=status,
            headers=_kept(dict(encoded.headers)),
            body=encoded.body,
        )
    )
    await attempt.db.flush()
    return response


def replay(request: AnyRequest, answer: Replay) -> Response[bytes]:
    """Return the stored answer, marked as one."""
    headers = cast("dict[str, str]", dict(answer.stored.headers))
    media_type = headers.pop("content-type", "application/json")
    headers["Idempotency-Replayed"] = "true"
    return Response(answer.stored.body, status_code=answer.stored.status, media_type=media_type, headers=headers)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = KEPT_HEADERS | {"content-type"}
    return {name.lower(): value for name, value in headers.items() if name.lower() in kept}


async def _find(attempt: Attempt, db: AsyncSession) -> IdempotencyKey | None:
    """Return the stored answer; one past its time is deleted and counts as none."""
    kept = IdempotencyKey
    this = and_(kept.principal == attempt.principal, kept.route == attempt.route, kept.key == attempt.key)
    row = (await db.execute(select(kept, kept.created_at < func.now() - LIFETIME).where(this))).one_or_none()
    if row is None:
        return None
    if not row[1]:
        return row[0]
    db.expunge(row[0])
    await db.execute(delete(kept).where(this))
    return None
