"""The SQL of a job's life. Every time in it is the database's, so that no two machines disagree.

`claim` is the only way to start. Whoever claims gets a token; each later write of a run names it and changes nothing
once the token has moved on: that is what makes a job that runs twice take effect once.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.queue.declare import CRASH_LIMIT, LEASE_S


class LeaseLost(Exception):
    """The job is no longer this run's: cancelled, or taken up by another after the lease ran out."""


def seconds(count: float) -> Any:
    """Return an interval for the database's clock arithmetic."""
    return timedelta(seconds=count)


def held(job_id: UUID, token: int) -> ColumnElement[bool]:
    """Return the condition under which a run may still write."""
    return (Job.id == job_id) & (Job.token == token) & (Job.status == "running")


async def claim(db: AsyncSession, job_id: UUID, worker: str) -> Job | None:
    """Start a job: lease, new token. None when it is not due, not queued, or not there: then the wake-up is stale."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.status == "queued", Job.run_after <= func.now())
        .values(
            status="running",
            token=Job.token + 1,
            worker=worker,
            lease_until=func.now() + seconds(LEASE_S),
            started_at=func.coalesce(Job.started_at, func.now()),
            percent=0,
            stage=None,
        )
        .returning(Job)
    )
    return await db.scalar(statement)


async def beat(db: AsyncSession, job_id: UUID, token: int) -> bool:
    """Renew the lease; False when the job is no longer this run's."""
    statement = update(Job).where(held(job_id, token)).values(lease_until=func.now() + seconds(LEASE_S))
    return bool((await db.execute(statement.returning(Job.id))).first())


async def lock(db: AsyncSession, job_id: UUID, token: int) -> Job:
    """Return the job's row, locked until the transaction ends. Raises LeaseLost."""
    row = await db.scalar(select(Job).where(held(job_id, token)).with_for_update())
    if row is None:
        raise LeaseLost(str(job_id))
    return row


async def progress(db: AsyncSession, job_id: UUID, token: int, percent: int, stage: str) -> None:
    """Record how far a run has come. Raises LeaseLost."""
    statement = update(Job).where(held(job_id, token)).values(percent=percent, stage=stage).returning(Job.id)
    if (await db.execute(statement)).first() is None:
        raise LeaseLost(str(job_id))


def succeed(job: Job, result: dict[str, Any] | None) -> None:
    """Mark a locked job done."""
    _finish(job, "succeeded")
    job.percent = 100
    job.result = result
    job.error = None


def fail(job: Job, error: dict[str, str], *, dead_letter: bool) -> None:
    """Mark a locked job failed for good."""
    _finish(job, "failed")
    job.error = error
    job.dead_letter = dead_letter


def cancel(job: Job) -> None:
    """Mark a locked job cancelled; the new token shuts out whoever is still working on it."""
    _finish(job, "cancelled")
    job.token += 1


def give_back(job: Job, delay: timedelta = timedelta(0)) -> None:
    """Put a locked job back into its queue, to be started after `delay`."""
    job.status = "queued"
    job.token += 1
    job.worker = None
    job.lease_until = None
    job.run_after = func.now() + delay  # type: ignore[assignment]
    job.wake_at = func.now() + delay  # type: ignore[assignment]
    job.wakes = 0


def ask_again(job: Job) -> None:
    """Put a locked, failed job back as if it were new."""
    give_back(job)
    job.attempts = job.crashes = 0
    job.dead_letter = False
    job.error = job.finished_at = job.started_at = None
    job.percent, job.stage = 0, None


async def expired(db: AsyncSession, limit: int) -> list[Job]:
    """Return locked jobs whose lease ran out."""
    statement = (
        select(Job)
        .where(Job.status == "running", Job.lease_until < func.now())
        .order_by(Job.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await db.scalars(statement))


def crashed_too_often(job: Job) -> bool:
    """Whether a job has taken its worker down as often as it may."""
    return job.crashes >= CRASH_LIMIT


async def unclaimed(db: AsyncSession, limit: int) -> list[tuple[UUID, str, bool]]:
    """Return queued jobs due for another wake-up, having set when the one after that is due (15 s, doubling, 300 s).

    With each comes its queue, and whether it has been started before.
    """
    wait = func.least(15 * func.power(2, Job.wakes), 300)
    due = (
        select(Job.id)
        .where(Job.status == "queued", Job.wake_at <= func.now())
        .order_by(Job.wake_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(Job)
        .where(Job.id.in_(select(due.c.id)))
        .values(wake_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, wait), wakes=Job.wakes + 1)
        .returning(Job.id, Job.queue, Job.started_at)
    )
    return [(row.id, row.queue, row.started_at is not None) for row in await db.execute(statement)]


async def all_due(db: AsyncSession) -> int:
    """Make every job that may start due for a wake-up now, as if none had been sent; return how many."""
    statement = (
        update(Job)
        .where(Job.status == "queued", Job.run_after <= func.now())
        .values(wake_at=func.now(), wakes=0)
        .returning(Job.id)
    )
    return len((await db.execute(statement)).all())


async def position(db: AsyncSession, job: Job) -> int | None:
    """Return how many jobs stand before a queued one, 0 for the next; None when it is not queued."""
    if job.status != "queued":
        return None
    ahead = select(func.count()).where(Job.queue == job.queue, Job.status == "queued", Job.id < job.id)
    return await db.scalar(ahead)


def _finish(job: Job, status: str) -> None:
    job.status = status
    job.lease_until = None
    job.finished_at = func.now()  # type: ignore[assignment]
