"""The job ledger and the outbox of events: what is to be done, and what is to be told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, one_of

JOB_STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")


class Job(Keyed, Base):
    """One piece of work. A broker message is only a wake-up that carries this row's id.

    `token` grows with every start and every change of hands: who writes with an old token writes nothing.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("status", JOB_STATUSES),
        Index("ix_jobs_owner_id_id", "owner_id", "id"),
        Index("ix_jobs_session_id", "session_id"),
        Index("ix_jobs_room_id", "room_id"),
        Index("ix_jobs_resource_id", "resource_id"),
        Index("ix_jobs_wake_at", "wake_at", postgresql_where=text("status = 'queued'")),
        Index("ix_jobs_queue_id", "queue", "id", postgresql_where=text("status = 'queued'")),
        Index("ix_jobs_lease_until", "lease_until", postgresql_where=text("status = 'running'")),
        Index("ix_jobs_dead_letter", "id", postgresql_where=text("dead_letter")),
    )

    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("renovation_sessions.id", ondelete="SET NULL"))
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("rooms.id", ondelete="SET NULL"))
    resource_type: Mapped[str | None] = mapped_column(String(20))
    resource_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    request_id: Mapped[str | None] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(10), default="queued", server_default="queued")
    dead_letter: Mapped[bool] = mapped_column(default=False, server_default="false")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    max_attempts: Mapped[int]
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")
    token: Mapped[int] = mapped_column(default=0, server_default="0")
    worker: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime] = mapped_column(server_default=func.now())  # earliest start
    wake_at: Mapped[datetime] = mapped_column(server_default=text("now() + interval '3 seconds'"))
    wakes: Mapped[int] = mapped_column(default=0, server_default="0")  # wake-ups the relay has sent
    percent: Mapped[int] = mapped_column(default=0, server_default="0")
    stage: Mapped[str | None] = mapped_column(String(20))
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime | None]
    # Set to the database's own time: read back with the write that sets it.
    finished_at: Mapped[datetime | None] = mapped_column(server_onupdate=FetchedValue())


class OutboxEvent(Keyed, Base):
    """A committed fact on its way to a live stream; gone once it is there."""

    __tablename__ = "outbox_events"

    topic: Mapped[str] = mapped_column(String(80))  # whose stream: a user id
    name: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]
