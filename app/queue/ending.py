"""Ending the jobs of what is deleted: in the transaction of the deletion, so that nothing works on for what is gone."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.queue import ledger
from app.queue.declare import JOB_TYPES
from app.queue.outbox import Outbox
from app.queue.views import JobUpdated, job_view

UNFINISHED = ("queued", "running")


async def end_jobs(
    db: AsyncSession, *, session_id: UUID | None = None, room_id: UUID | None = None, resource_id: UUID | None = None
) -> list[UUID]:
    """Cancel the unfinished jobs of a session, a room or one thing and return their ids. Workers stop after commit.

    Call it before locking anything else: a finishing worker holds its job while it reaches for the rows around it.
    """
    owners = ((Job.session_id, session_id), (Job.room_id, room_id), (Job.resource_id, resource_id))
    named = [column == value for column, value in owners if value is not None]
    if not named:
        raise ValueError("say whose jobs shall end")
    jobs = await _locked(db, named)
    for job in jobs:
        ledger.cancel(job)
    await db.flush()
    _announce(db, jobs)
    return [job.id for job in jobs]


async def _locked(db: AsyncSession, named: list[ColumnElement[bool]]) -> list[Job]:
    """Return unfinished jobs, locked in the order of their ids, so that two who end the same jobs do not block."""
    query = select(Job).where(Job.status.in_(UNFINISHED), *named).order_by(Job.id).with_for_update()
    return list(await db.scalars(query))


def _announce(db: AsyncSession, jobs: list[Job]) -> None:
    outbox = Outbox(db)
    for job in jobs:
        outbox.stop(job.id)
        kind = JOB_TYPES.get(job.kind)  # a kind that only an older release knew must not keep its session from going
        if job.owner_id and kind and kind.visible:
            outbox.tell(job.owner_id, JobUpdated(session_id=job.session_id, job=job_view(job)))
