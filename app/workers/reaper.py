"""The reaper: gives jobs of dead workers to live ones, and ends those that keep taking their worker down."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.queue import ledger
from app.queue.failing import end_failed, tell_owner
from app.queue.messages import Queue
from app.queue.outbox import Outbox
from app.resources import Resources

log = structlog.get_logger()
BATCH = 50
CRASHED = {
    "code": "worker-crashed",
    "message": "This stopped unexpectedly several times. We have kept it and are looking into it.",
}


async def reap(resources: Resources) -> int:
    """Re-queue jobs whose lease ran out, end those at the crash limit; return how many there were."""
    reaped = 0
    async with resources.transaction() as db:
        for job in await ledger.expired(db, BATCH):
            names = {"job_id": str(job.id), "kind": job.kind}
            try:
                async with db.begin_nested():  # one that cannot be ended must not keep the others waiting
                    await _reap_one(resources, db, job)
                reaped += 1
            except Exception:
                log.exception("reap.failed", **names)
    return reaped


async def _reap_one(resources: Resources, db: AsyncSession, job: Job) -> None:
    job.crashes += 1
    log.warning("job.crashed", job_id=str(job.id), kind=job.kind, worker=job.worker, crashes=job.crashes)
    if ledger.crashed_too_often(job):
        await end_failed(resources, db, job, CRASHED, dead_letter=True)
        return
    ledger.give_back(job)
    await db.flush()
    tell_owner(db, job)
    Outbox(db).wake(job.id, Queue(job.queue), first=True)
