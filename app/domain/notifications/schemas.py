"""What travels: a line of the inbox."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.db.models import Notification
from app.lib.schema import View
from app.queue.messages import Event

NotificationType = Literal[
    "render_complete",
    "render_failed",
    "document_ready",
    "document_failed",
    "payment_success",
    "payment_failed",
    "export_ready",
]


class NotificationView(View):
    """One line of the inbox; `link` is a path on the page."""

    id: UUID
    type: NotificationType
    title: str
    message: str
    link: str
    is_read: bool
    created_at: datetime


class NotificationPage(View):
    """One page of the inbox, newest first, with how many lines are unread in all."""

    items: list[NotificationView]
    next_cursor: str | None
    unread_count: int


class UnreadCount(View):
    """How many lines are unread."""

    unread_count: int


class NotificationNew(Event):
    """A line was added to the inbox."""

    name = "notification:new"

    notification: NotificationView


def notification_view(row: Notification) -> NotificationView:
    """Return a line as people see it."""
    return NotificationView(
        id=row.id,
        type=row.type,  # type: ignore[arg-type]
        title=row.title,
        message=row.message,
        link=row.link,
        is_read=row.is_read,
        created_at=row.created_at,
    )
