"""Routes of the inbox, and the live stream of everything of a user."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from app.domain.notifications.schemas import NotificationPage, NotificationView, UnreadCount
from app.domain.notifications.service import NotificationService
from app.web.access import Principal
from app.web.depends import service
from app.web.paging import PAGE, PageRequest
from app.web.problems import problems
from app.web.streams import MEDIA_TYPE, LastEventId, live_stream

LIST = "notifications"


class NotificationController(Controller):
    """The inbox."""

    path = "/api/notifications"
    tags = ("notices",)
    dependencies = {"notifications": service(NotificationService), **PAGE}  # noqa: RUF012 - Litestar reads it plainly

    @get("/", operation_id="listNotifications", responses=problems(422))
    async def list_notifications(
        self,
        page: NamedDependency[PageRequest],
        notifications: NamedDependency[NotificationService],
        principal: NamedDependency[Principal],
        unread: Annotated[bool, QueryParameter(description="Only what is unread.")] = False,
    ) -> NotificationPage:
        """List your inbox, newest first."""
        place = page.place(LIST, tuple[UUID])
        user_id = principal.user_id
        rows = await notifications.page(user_id, unread=unread, before=place[0] if place else None, limit=page.fetch)
        items, cursor = page.cut(rows, LIST, lambda notification: (notification.id,))
        return NotificationPage(items, cursor, await notifications.unread_count(user_id))

    @post("/{notification_id:str}/read", operation_id="readNotification", status_code=200, responses=problems(404))
    async def read(
        self,
        notification_id: FromPath[UUID],
        notifications: NamedDependency[NotificationService],
        principal: NamedDependency[Principal],
    ) -> NotificationView:
        """Mark a notification read."""
        return await notifications.read(principal.user_id, notification_id)

    @post("/read-all", operation_id="readAllNotifications", status_code=200)
    async def read_all(
        self, notifications: NamedDependency[NotificationService], principal: NamedDependency[Principal]
    ) -> UnreadCount:
        """Mark every notification read."""
        await notifications.read_all(principal.user_id)
        return UnreadCount(0)


@get(
    "/api/events",
    operation_id="streamEvents",
    media_type=MEDIA_TYPE,
    tags=["live"],
    responses=problems(429, 503),
)
async def stream_events(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal], last_event_id: LastEventId = ""
) -> Stream:
    """Follow everything that happens in your sessions, as server-sent events."""
    return await live_stream(request, str(principal.user_id), last_event_id=last_event_id)


CONTROLLERS = (NotificationController, stream_events)
