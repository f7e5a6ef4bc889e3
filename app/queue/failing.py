"""How a job fails: what is told of it, when it is tried again, and how it ends for good."""

import random
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.lib.cpu import WorkCrashed, WorkTimedOut
from app.queue import ledger
from app.queue.declare import MAX_BACKOFF_S, JobType, job_type
from app.queue.outbox import Outbox
from app.queue.views import JobUpdated, job_view
from app.resources import Resources
from app.vendors import Unavailable, VendorError

log = structlog.get_logger()


async def end_failed(
    resources: Resources, db: AsyncSession, row: Job, reason: dict[str, str], *, dead_letter: bool
) -> None:
    """End a locked job as failed, with the domain rows it leaves behind and the word to its owner."""
    kind = job_type(row.kind)
    ledger.fail(row, reason, dead_letter=dead_letter)
    await db.flush()
    await kind.ended(db, resources, row)
    tell_owner(db, row)
    log.warning("job.failed", job_id=str(row.id), kind=row.kind, reason=reason["code"], dead_letter=dead_letter)


def tell_owner(db: AsyncSession, row: Job) -> None:
    """Tell a job's owner how it stands, if it is one that people see. What was changed must have been flushed."""
    if row.owner_id and job_type(row.kind).visible:
        Outbox(db).tell(row.owner_id, JobUpdated(session_id=row.session_id, job=job_view(row)))


def reason_of(error: Exception) -> dict[str, str]:
    """Return what is told of a failure: a stable code and words for a homeowner."""
    if isinstance(error, VendorError):
        return {"code": error.code, "message": error.reason}
    if isinstance(error, TimeoutError | WorkTimedOut):
        return {"code": "time-limit", "message": "This took longer than it may. Please try again."}
    if isinstance(error, WorkCrashed):
        return {"code": "work-crashed", "message": "This could not be worked on: it needs more memory than it may use."}
    return {"code": "internal-error", "message": "Something went wrong on our side. Please try again."}


def delay_before_next(kind: JobType, attempts: int, error: Exception) -> timedelta:
    """Return the wait before the next attempt: exponential with jitter, at least what the vendor asked for."""
    wait = kind.backoff.total_seconds() * 2 ** (attempts - 1) * random.uniform(1, 1.5)  # noqa: S311 - jitter
    if isinstance(error, Unavailable) and error.retry_after_s:
        wait = max(wait, error.retry_after_s)
    return timedelta(seconds=min(wait, MAX_BACKOFF_S))
