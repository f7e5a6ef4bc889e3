"""The reaper: gives jobs of dead workers to live ones, and ends those that keep taking their worker down."""

from app.queue import ledger
from app.queue.messages import Queue
from app.queue.outbox import Outbox
from app.queue.perform import end_failed
from app.resources import Resources

BATCH = 50
CRASHED = {
    "code": "worker-crashed",
    "message": "This stopped unexpectedly several times. We have kept it and are looking into it.",
}


async def reap(resources: Resources) -> int:
    """Re-queue jobs whose lease ran out, end those at the crash limit; return how many there were."""
    async with resources.transaction() as db:
        jobs = await ledger.expired(db, BATCH)
        for job in jobs:
            if ledger.crashed_too_often(job):
                await end_failed(resources, db, job, CRASHED, dead_letter=True)
            else:
                ledger.give_back(job)
                Outbox(db).wake(job.id, Queue(job.queue))
        return len(jobs)
