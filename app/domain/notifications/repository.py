"""Every query about notifications; each on someone's behalf takes their id."""

from uuid import UUID

from sqlalchemy import select, update

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import Notification
from app.domain.notifications.schemas import NotificationView

NEWEST = UUID(int=2**128 - 1)
PAGE = """
select id, type, title, message, link, is_read, created_at from notifications
where user_id = $1 and id < $2 and (not $3 or not is_read) order by id desc limit $4
"""
UNREAD = "select count(*) as count from notifications where user_id = $1 and not is_read"


class NotificationRepository(Repository[Notification]):
    """What the service changes."""

    model_type = Notification

    async def find(self, user_id: UUID, notification_id: UUID) -> Notification | None:
        """Return one of a user's lines."""
        query = select(Notification).where(Notification.id == notification_id, Notification.user_id == user_id)
        return await self.session.scalar(query)

    async def read_all(self, user_id: UUID) -> None:
        """Mark every line of a user read."""
        unread = update(Notification).where(Notification.user_id == user_id, ~Notification.is_read)
        await self.session.execute(unread.values(is_read=True))


class NotificationReads:
    """The list the page asks for at every start, in plain SQL straight into what is sent."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, user_id: UUID, unread: bool, before: UUID | None, limit: int) -> list[NotificationView]:
        """Return the newest lines of a user before one."""
        rows = await self._reads.fetch(PAGE, user_id, before or NEWEST, unread, limit)
        return [NotificationView(**dict(row)) for row in rows]

    async def unread_count(self, user_id: UUID) -> int:
        """Return how many of a user's lines are unread."""
        row = await self._reads.fetchrow(UNREAD, user_id)
        return row["count"] if row else 0
