"""A user's inbox."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, one_of

NOTIFICATION_TYPES = (
    "render_complete",
    "render_failed",
    "document_ready",
    "document_failed",
    "payment_success",
    "payment_failed",
    "export_ready",
)


class Notification(Keyed, Base):
    """One line of a user's inbox."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("type", NOTIFICATION_TYPES),
        Index("ix_notifications_user_id_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where=text("not is_read")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(String(1000))
    link: Mapped[str] = mapped_column(String(300))
    is_read: Mapped[bool] = mapped_column(default=False, server_default="false")
