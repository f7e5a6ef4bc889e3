"""The rules of the inbox."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Notification
from app.domain.notifications.repository import NotificationReads, NotificationRepository
from app.domain.notifications.schemas import NotificationNew, NotificationType, NotificationView, notification_view
from app.lib.errors import NotFound
from app.lib.ids import new_id
from app.lib.text import one_line
from app.queue.outbox import Outbox
from app.resources import Resources


class NotificationNotFound(NotFound):
    title = "No such notification"


class NotificationService:
    """A user's inbox."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._notifications = NotificationRepository(session=db)
        self._reads = NotificationReads(resources.reads)
        self._outbox = Outbox(db)

    async def tell(
        self, user_id: UUID, type_: NotificationType, title: str, message: str, link: str, session_id: UUID | None
    ) -> None:
        """Add a line to a user's inbox, and tell their stream of it."""
        row = Notification(
            id=new_id(),
            user_id=user_id,
            type=type_,
            title=one_line(title, 200),
            message=one_line(message, 1_000),
            link=link,
            is_read=False,
        )
        self._db.add(row)
        await self._db.flush()
        self._outbox.tell(user_id, NotificationNew(session_id=session_id, notification=notification_view(row)))

    async def page(self, user_id: UUID, *, unread: bool, before: UUID | None, limit: int) -> list[NotificationView]:
        """Return the newest lines, or the newest before one."""
        return await self._reads.page(user_id, unread, before, limit)

    async def unread_count(self, user_id: UUID) -> int:
        """Return how many lines are unread."""
        return await self._reads.unread_count(user_id)

    async def read(self, user_id: UUID, notification_id: UUID) -> NotificationView:
        """Mark a line read; again changes nothing. Raises NotificationNotFound."""
        row = await self._notifications.find(user_id, notification_id)
        if row is None:
            raise NotificationNotFound("Check the notification id.")
        row.is_read = True
        return notification_view(row)

    async def read_all(self, user_id: UUID) -> None:
        """Mark every line read."""
        await self._notifications.read_all(user_id)
