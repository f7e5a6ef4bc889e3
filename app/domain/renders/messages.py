"""What is ordered and told of renders."""

from typing import ClassVar, Literal
from uuid import UUID

from app.lib.schema import Reason
from app.queue.messages import Event, Order

Stage = Literal["queued", "generating", "uploading", "finalizing"]


class GenerateRender(Order, frozen=True):
    """Draw the variations of one wish."""

    kind: ClassVar[str] = "render.generate"
    render_ids: tuple[UUID, ...]


class RenderStarted(Event):
    """A worker has begun to draw."""

    name = "render:started"

    render_id: UUID
    job_id: UUID
    room_id: UUID


class RenderProgress(Event):
    """How far a render has come."""

    name = "render:progress"

    render_id: UUID
    job_id: UUID
    room_id: UUID
    progress: int
    stage: Stage


class RenderComplete(Event):
    """The picture is there, in all its sizes."""

    name = "render:complete"

    render_id: UUID
    job_id: UUID
    room_id: UUID
    asset_id: UUID
    render_url: str
    model: str


class RenderFailed(Event):
    """There will be no picture, and why."""

    name = "render:failed"

    render_id: UUID
    job_id: UUID
    room_id: UUID
    error: Reason
