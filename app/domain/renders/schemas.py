"""What travels: a wish for pictures, and a render."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.db.models import Render
from app.domain.assets.schemas import content_url
from app.lib.schema import SOME_TEXT, Accepted, Reason, Schema, Slug, View

Mode = Literal["edit_existing", "from_scratch"]
Approval = Literal["pending", "approved", "rejected"]


class RenderCreate(Schema):
    """A wish for pictures of a room. Without a base asset, `edit_existing` takes the room's newest photo."""

    session_id: UUID
    room_id: UUID
    style_prompt: Annotated[str, Meta(min_length=10, max_length=1_000, pattern=SOME_TEXT)]
    mode: Mode = "edit_existing"
    base_asset_id: UUID | None = None
    style_slug: Slug | None = None
    variations: Annotated[int, Meta(ge=1, le=4)] = 1


class RenderPatch(Schema):
    """What may change of a render: whether its owner likes it."""

    approval_status: Approval


class RenderAccepted(Accepted, kw_only=True):
    """One job for all variations; `render_id` is the first of `render_ids`."""

    render_id: UUID
    render_ids: list[UUID]


class RenderView(View):
    """A picture that was asked for. `structure_score` (0 to 1) tells how much of the photo's structure it keeps."""

    id: UUID
    session_id: UUID
    room_id: UUID
    mode: Mode
    style_prompt: str
    style_slug: str | None
    base_asset_id: UUID | None
    parent_render_id: UUID | None
    status: Literal["queued", "generating", "ready", "failed", "cancelled"]
    approval_status: Approval
    asset_id: UUID | None
    render_url: str | None
    model: str | None
    structure_score: float | None
    error: Reason | None
    job_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


class RenderPage(View):
    """One page of a room's renders, newest first."""

    items: list[RenderView]
    next_cursor: str | None


def version_of(render: Render) -> int:
    """Return what a render's ETag counts: its row's changes, and which of the things it names have been deleted.

    Deleting a picture takes its id out of the renders that name it, without a word to them.
    """
    named = (render.asset_id, render.base_asset_id, render.parent_render_id, render.job_id)
    return render.version * 2 ** len(named) + sum(2**place for place, thing in enumerate(named) if thing is None)


def render_view(render: Render) -> RenderView:
    """Return a render as people see it."""
    return RenderView(
        id=render.id,
        session_id=render.session_id,
        room_id=render.room_id,
        mode=render.mode,  # type: ignore[arg-type]
        style_prompt=render.style_prompt,
        style_slug=render.style_slug,
        base_asset_id=render.base_asset_id,
        parent_render_id=render.parent_render_id,
        status=render.status,  # type: ignore[arg-type]
        approval_status=render.approval_status,  # type: ignore[arg-type]
        asset_id=render.asset_id,
        render_url=content_url(render.asset_id) if render.asset_id else None,
        model=render.model,
        structure_score=render.structure_score,
        error=Reason(render.error["code"], render.error["message"]) if render.error else None,
        job_id=render.job_id,
        created_at=render.created_at,
        finished_at=render.finished_at,
    )
