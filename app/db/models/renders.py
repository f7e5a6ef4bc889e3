"""Pictures of a room in a new style, asked for and drawn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned, one_of

RENDER_MODES = ("edit_existing", "from_scratch")
RENDER_STATUSES = ("queued", "generating", "ready", "failed", "cancelled")
APPROVALS = ("pending", "approved", "rejected")


class Render(Versioned, Base):
    """One picture that was asked for. Several variations of one wish share a job."""

    __tablename__ = "renders"
    __table_args__ = (
        one_of("mode", RENDER_MODES),
        one_of("status", RENDER_STATUSES),
        one_of("approval_status", APPROVALS),
        Index("ix_renders_room_id_id", "room_id", "id"),
        Index("ix_renders_session_id", "session_id"),
        Index("ix_renders_job_id", "job_id"),
        # Deletes look these up: the row that goes must be taken out of what names it.
        Index("ix_renders_owner_id", "owner_id"),
        Index("ix_renders_base_asset_id", "base_asset_id"),
        Index("ix_renders_parent_render_id", "parent_render_id"),
        Index("ix_renders_asset_id", "asset_id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("renovation_sessions.id", ondelete="CASCADE"))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    mode: Mapped[str] = mapped_column(String(20))
    style_prompt: Mapped[str] = mapped_column(String(1000))
    style_slug: Mapped[str | None] = mapped_column(String(60))
    variation: Mapped[int] = mapped_column(default=0, server_default="0")
    base_asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"))
    parent_render_id: Mapped[UUID | None] = mapped_column(ForeignKey("renders.id", ondelete="SET NULL"))
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"))
    status: Mapped[str] = mapped_column(String(12), default="queued", server_default="queued")
    approval_status: Mapped[str] = mapped_column(String(10), default="pending", server_default="pending")
    model: Mapped[str | None] = mapped_column(String(100))
    structure_score: Mapped[float | None]
    error: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]
