"""Logins: signed-in browsers, begun, listed and ended."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import LoginSession
from app.domain.accounts.repository import LoginRepository
from app.domain.accounts.schemas import LoginView
from app.domain.accounts.tokens import digest, new_token
from app.lib.clock import now
from app.lib.errors import NotFound
from app.queue.outbox import Outbox
from app.resources import Resources
from app.web.access import Principal
from app.web.cookies import LIFETIME

log = structlog.get_logger()


class LoginNotFound(NotFound):
    """No such login, or somebody else's."""

    title = "No such login"


class Browser(NamedTuple):
    """What a browser says of itself, so that people recognise it in their list."""

    ip: str
    user_agent: str


class LoginService:
    """Logins of one user at a time."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._logins = LoginRepository(session=db)
        self._outbox = Outbox(db)

    async def begin(self, user_id: UUID, browser: Browser) -> str:
        """Sign a browser in and return its cookie's token, always a new one: a planted one never counts."""
        await self._logins.remove_expired(user_id)
        token = new_token()
        row = LoginSession(
            user_id=user_id,
            token_hash=digest(token),
            user_agent=browser.user_agent,
            ip=browser.ip,
            expires_at=now() + LIFETIME,
        )
        await self._logins.add(row)
        return token

    async def page(self, principal: Principal, before: UUID | None, limit: int) -> Sequence[LoginView]:
        """Return where the user is signed in, newest first."""
        return await self._logins.list_of(principal.user_id, principal.login_id, before, limit)

    async def end(self, user_id: UUID, login_id: UUID) -> None:
        """Sign one of the user's browsers out, from its next request on. Raises LoginNotFound."""
        if not await self._logins.remove(user_id, login_id):
            raise LoginNotFound("Check the login id.", login_id=str(login_id))
        self._outbox.hang_up(user_id)
        log.info("accounts.login_ended", user_id=str(user_id), login_id=str(login_id))

    async def drop(self, principal: Principal | None) -> None:
        """End the login a browser had before, if it had one: it gets a new one."""
        if principal and principal.login_id:
            await self._logins.remove(principal.user_id, principal.login_id)
            self._outbox.hang_up(principal.user_id)

    async def end_all(self, user_id: UUID) -> int:
        """Sign all of the user's browsers out and return how many there were."""
        self._outbox.hang_up(user_id)
        return await self._logins.remove_all(user_id)
