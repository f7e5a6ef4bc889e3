"""API keys: made by registered users for their programs, shown once, revoked at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import ApiKey
from app.domain.accounts.repository import ApiKeyRepository
from app.domain.accounts.schemas import ALL_SCOPES, ApiKeyCreate, ApiKeyView, NewApiKey
from app.domain.accounts.tokens import digest, new_key
from app.lib.clock import now
from app.lib.errors import Conflict, FieldError, NotFound, Unprocessable
from app.resources import Resources

log = structlog.get_logger()

MOST_KEYS = 100
LONGEST_LIFE = timedelta(days=3650)


class ApiKeyNotFound(NotFound):
    """No such key, or somebody else's."""

    title = "No such API key"


class TooManyApiKeys(Conflict):
    """A user has as many keys as anybody needs."""

    title = "You have too many API keys"


class ExpiryOutOfRange(Unprocessable):
    """A key's end is not in the future, or too far away to mean anything."""

    title = "The expiry cannot be accepted"


class ApiKeyService:
    """Keys of one user at a time."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._keys = ApiKeyRepository(session=db)

    async def make(self, user_id: UUID, wish: ApiKeyCreate) -> NewApiKey:
        """Make a key. Raises ExpiryOutOfRange, TooManyApiKeys."""
        if wish.expires_at and not now() < wish.expires_at <= now() + LONGEST_LIFE:
            errors = [FieldError("/expiresAt", "Is not within the next ten years")]
            raise ExpiryOutOfRange("Choose a moment within the next ten years, or none.", errors=errors)
        if await self._keys.count_of(user_id) >= MOST_KEYS:
            raise TooManyApiKeys("Delete one you no longer use.", limit=MOST_KEYS)
        key, prefix = new_key()
        scopes = [scope for scope in ALL_SCOPES if wish.scopes is None or scope in wish.scopes]
        row = ApiKey(
            user_id=user_id,
            key_hash=digest(key),
            prefix=prefix,
            name=wish.name,
            scopes=scopes,
            expires_at=wish.expires_at,
        )
        await self._keys.add(row)
        log.info("accounts.key_made", user_id=str(user_id), key_id=str(row.id), scopes=scopes)
        return NewApiKey.of(row, key)

    async def page(self, user_id: UUID, before: UUID | None, limit: int) -> Sequence[ApiKeyView]:
        """Return the user's keys, newest first."""
        return await self._keys.list_of(user_id, before, limit)

    async def revoke(self, user_id: UUID, key_id: UUID) -> None:
        """Delete a key; it no longer counts from the next request on. Raises ApiKeyNotFound."""
        if not await self._keys.remove(user_id, key_id):
            raise ApiKeyNotFound("Check the key id.", key_id=str(key_id))
        log.info("accounts.key_revoked", user_id=str(user_id), key_id=str(key_id))
