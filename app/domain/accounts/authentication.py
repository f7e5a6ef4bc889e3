"""From the cookie or bearer key of a request to who sent it: one plain read, on every request."""

import asyncio
from typing import Literal, NoReturn
from uuid import UUID

import structlog
from sqlalchemy import func, select, update

from app.db.models import ApiKey, LoginSession
from app.domain.accounts.tokens import digest, may_be_key, may_be_token
from app.lib.errors import Unauthenticated
from app.resources import Resources
from app.web.access import Principal

log = structlog.get_logger()

Kind = Literal["login", "key"]
WRITE_DELAY_S = 5.0

_LOGIN = """
    SELECT l.id, l.user_id, u.role, l.last_seen_at < now() - interval '5 minutes' AS unseen
    FROM login_sessions l JOIN users u ON u.id = l.user_id
    WHERE l.token_hash = $1 AND l.expires_at > now() AND l.last_seen_at > now() - interval '14 days'
"""
_KEY = """
    SELECT k.id, k.user_id, u.role, k.scopes,
           k.last_used_at IS NULL OR k.last_used_at < now() - interval '5 minutes' AS unseen
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.key_hash = $1 AND (k.expires_at IS NULL OR k.expires_at > now())
"""


class Authenticator:
    """Says who a request acts for. A bearer is used alone: a bad one never falls back to the cookie."""

    def __init__(self, resources: Resources) -> None:
        self._reads = resources.reads
        self._sightings = Sightings(resources)

    async def __call__(self, bearer: str | None, cookie: str | None) -> Principal:
        """Return the principal of a request. Raises Unauthenticated."""
        if bearer is not None:
            return await self._by_key(bearer)
        if cookie is not None:
            return await self._by_login(cookie)
        raise Unauthenticated

    async def close(self) -> None:
        """Write down who was seen last."""
        await self._sightings.close()

    async def _by_login(self, token: str) -> Principal:
        token_hash = digest(token) if may_be_token(token) else _refuse_cookie()
        row = await self._reads.fetchrow(_LOGIN, token_hash)
        if row is None:
            _refuse_cookie()
        login_id, user_id, role, unseen = row
        if unseen:
            self._sightings.note("login", login_id)
        return Principal(user_id, role, "cookie", login_id, token_hash)

    async def _by_key(self, key: str) -> Principal:
        row = await self._reads.fetchrow(_KEY, digest(key) if may_be_key(key) else _refuse_key())
        if row is None:
            _refuse_key()
        key_id, user_id, role, scopes, unseen = row
        if unseen:
            self._sightings.note("key", key_id)
        return Principal(user_id, role, "api_key", scopes=frozenset(scopes))


class Sightings:
    """When logins and keys were last used, written a little later and together, so that no request waits for it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._seen: dict[Kind, set[UUID]] = {"login": set(), "key": set()}
        self._writing: asyncio.Task[None] | None = None

    def note(self, kind: Kind, row_id: UUID) -> None:
        """Remember that a login or key was used just now."""
        self._seen[kind].add(row_id)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_later())

    async def close(self) -> None:
        """Write what is noted, and stop."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            await self._write()

    async def _write_later(self) -> None:
        await asyncio.sleep(WRITE_DELAY_S)
        await self._write()

    async def _write(self) -> None:
        """Write it; what cannot be written now is noted again by the next request."""
        logins, keys = self._seen["login"], self._seen["key"]
        self._seen = {"login": set(), "key": set()}
        try:
            async with self._resources.transaction() as db:
                # Rows somebody else holds are skipped: that one is writing the same, or ending the login.
                mine = select(LoginSession.id).where(LoginSession.id.in_(logins)).with_for_update(skip_locked=True)
                seen = update(LoginSession).where(LoginSession.id.in_(mine))
                await db.execute(seen.values(last_seen_at=func.now()))
                mine = select(ApiKey.id).where(ApiKey.id.in_(keys)).with_for_update(skip_locked=True)
                await db.execute(update(ApiKey).where(ApiKey.id.in_(mine)).values(last_used_at=func.now()))
        except Exception as error:
            log.warning("accounts.sightings_lost", error=f"{type(error).__name__}: {error}"[:200])


def _refuse_cookie() -> NoReturn:
    raise Unauthenticated("The login has ended. Sign in again.")


def _refuse_key() -> NoReturn:
    raise Unauthenticated("The API key is wrong, revoked or expired.")
