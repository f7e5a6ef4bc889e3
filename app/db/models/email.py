"""Mails: the wish to send one, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, one_of

EMAIL_STATES = ("queued", "sent", "failed")


class Email(Keyed, Base):
    """One mail. `idempotency_key` makes it one however often the work that asked for it runs."""

    __tablename__ = "emails"
    __table_args__ = (one_of("state", EMAIL_STATES),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]
    to: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(10), default="queued", server_default="queued")
    vendor_id: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[dict[str, Any] | None]
    sent_at: Mapped[datetime | None]
