"""Every query about people, their logins and their API keys."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import ApiKey, LoginSession, User
from app.domain.accounts.schemas import ApiKeyView, LoginView
from app.domain.accounts.tokens import IDLE

NEWEST = UUID(int=2**128 - 1)
_SELECT = "SELECT id, password_hash, email FROM users"


class StoredPassword(NamedTuple):
    """Whose password it is, its hash and their address; all None when there is no such person."""

    user_id: UUID | None = None
    password_hash: str | None = None
    email: str | None = None


class PasswordReads:
    """What a password is compared with.

    Plain reads, so that no connection and no transaction is held while passwords wait for their turn to be hashed.
    """

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def by_email(self, email_folded: str) -> StoredPassword:
        """Return the password of whoever has an address."""
        row = await self._reads.fetchrow(f"{_SELECT} WHERE email_folded = $1", email_folded)
        return StoredPassword(*row) if row else StoredPassword()

    async def by_user(self, user_id: UUID) -> StoredPassword:
        """Return a user's password."""
        row = await self._reads.fetchrow(f"{_SELECT} WHERE id = $1", user_id)
        return StoredPassword(*row) if row else StoredPassword()


class UserRepository(Repository[User]):
    """People."""

    model_type = User

    async def is_taken(self, email_folded: str) -> bool:
        """Tell whether somebody has the address."""
        return await self.session.scalar(select(User.id).where(User.email_folded == email_folded)) is not None

    async def locked_guest(self, user_id: UUID) -> User | None:
        """Return a guest for registering, locked, or None when they are no guest any more."""
        return await self._locked(User.id == user_id, User.role == "guest")

    async def locked(self, user_id: UUID) -> User | None:
        """Return a user to be changed."""
        return await self._locked(User.id == user_id)

    async def locked_with_password(self, user_id: UUID, password_hash: str) -> User | None:
        """Return a user if that is still their password, which then stays so until the transaction ends.

        A password changed while it was being compared is thereby the new one: no login outlives the change.
        """
        return await self._locked(User.id == user_id, User.password_hash == password_hash)

    async def _locked(self, *conditions: object) -> User | None:
        query = select(User).where(*conditions)  # type: ignore[arg-type]
        # Without key_share the lock would also stop everything that refers to the user from being written.
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self.session.scalar(query)


class LoginRepository(Repository[LoginSession]):
    """Signed-in browsers."""

    model_type = LoginSession

    async def list_of(
        self, user_id: UUID, current: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[LoginView]:
        """Return a user's valid logins, newest first."""
        query = (
            select(
                LoginSession.id,
                (LoginSession.id == current).label("is_current"),
                LoginSession.user_agent,
                LoginSession.ip,
                LoginSession.created_at,
                LoginSession.last_seen_at,
                LoginSession.expires_at,
            )
            .where(LoginSession.user_id == user_id, LoginSession.id < (before or NEWEST))
            .where(LoginSession.expires_at > func.now(), LoginSession.last_seen_at > func.now() - IDLE)
            .order_by(LoginSession.id.desc())
            .limit(limit)
        )
        return [LoginView(*row) for row in await self.session.execute(query)]

    async def remove(self, user_id: UUID, login_id: UUID) -> bool:
        """End one of a user's logins; False when there is none."""
        query = delete(LoginSession).where(LoginSession.id == login_id, LoginSession.user_id == user_id)
        return await self.session.scalar(query.returning(LoginSession.id)) is not None

    async def remove_all(self, user_id: UUID) -> int:
        """End every login of a user and return how many there were."""
        query = delete(LoginSession).where(LoginSession.user_id == user_id).returning(LoginSession.id)
        return len((await self.session.scalars(query)).all())

    async def remove_expired(self, user_id: UUID) -> None:
        """Forget a user's logins that no longer count."""
        dead = (LoginSession.expires_at <= func.now()) | (LoginSession.last_seen_at <= func.now() - IDLE)
        await self.session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, dead))


class ApiKeyRepository(Repository[ApiKey]):
    """API keys."""

    model_type = ApiKey

    async def list_of(self, user_id: UUID, before: UUID | None, limit: int) -> Sequence[ApiKeyView]:
        """Return a user's keys, newest first, those that have expired too."""
        query = (
            select(
                ApiKey.id,
                ApiKey.name,
                ApiKey.prefix,
                ApiKey.scopes,
                ApiKey.expires_at,
                ApiKey.last_used_at,
                ApiKey.created_at,
            )
            .where(ApiKey.user_id == user_id, ApiKey.id < (before or NEWEST))
            .order_by(ApiKey.id.desc())
            .limit(limit)
        )
        return [ApiKeyView(*row) for row in await self.session.execute(query)]

    async def count_of(self, user_id: UUID) -> int:
        """Return how many keys a user has."""
        return await self.session.scalar(select(func.count()).where(ApiKey.user_id == user_id)) or 0

    async def remove(self, user_id: UUID, key_id: UUID) -> bool:
        """Delete one of a user's keys; False when there is none."""
        query = delete(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == user_id).returning(ApiKey.id)
        return await self.session.scalar(query) is not None
