"""The rules of mailing: one mail per idempotency key, to people who have an address."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Email, User
from app.domain.email.messages import SendEmail
from app.lib.clock import now
from app.lib.ids import new_id
from app.queue.outbox import Outbox
from app.resources import Resources

INLINE_BYTES = 200_000  # of a picture inside a mail


class EmailService:
    """Writes mails down and records what became of them."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._resources = resources
        self._outbox = Outbox(db)

    async def send(self, user_id: UUID, template: str, data: dict[str, Any], key: str) -> bool:
        """Order a mail to a user; False when they have no address or this key has been used."""
        user = await self._db.get(User, user_id)
        if user is None or not user.email:
            return False
        values = {"id": new_id(), "user_id": user_id, "template": template, "data": data, "to": user.email}
        statement = insert(Email).values(**values, idempotency_key=key).on_conflict_do_nothing().returning(Email.id)
        email_id = await self._db.scalar(statement)
        if email_id is None:
            return False
        self._outbox.order(SendEmail(email_id), user_id)
        return True

    async def get(self, email_id: UUID) -> Email | None:
        """Return a mail that waits to be sent; None when it is gone or was sent."""
        return await self._db.scalar(select(Email).where(Email.id == email_id, Email.state != "sent"))

    async def sent(self, email_id: UUID, vendor_id: str) -> None:
        """Record that the vendor took it."""
        email = await self._db.get_one(Email, email_id)
        email.state, email.vendor_id, email.sent_at, email.error = "sent", vendor_id, now(), None

    async def failed(self, email_id: UUID, error: dict[str, Any] | None) -> None:
        """Record that it will not be sent."""
        if email := await self._db.get(Email, email_id):
            email.state, email.error = "failed", error
