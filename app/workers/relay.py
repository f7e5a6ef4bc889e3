"""The relay: sends again what was accepted and did not arrive.

Wake-ups of jobs that nobody has started (the process died between commit and sending, Redis was away or lost), and
events still in the outbox. Any number of relays may run; rows are taken with SKIP LOCKED.
"""

from datetime import timedelta

from sqlalchemy import func, select

from app.db.models import OutboxEvent
from app.queue import ledger
from app.queue.dispatch import Dispatcher
from app.queue.messages import Queue
from app.queue.outbox import Telling, WakeUp
from app.resources import Resources

BATCH = 100
GRACE = timedelta(seconds=1)  # the process that wrote an event has this long to send it itself


async def relay_jobs(resources: Resources, dispatcher: Dispatcher) -> int:
    """Wake workers for jobs that wait unclaimed; return how many. Raises RedisError when Redis is away."""
    async with resources.transaction() as db:
        waiting = await ledger.unclaimed(db, BATCH)
        if waiting:
            # Sent before the commit: if Redis is away the rows stay due, and a second wake-up does no harm.
            await dispatcher.send([WakeUp(job_id, Queue(queue)) for job_id, queue in waiting])
        return len(waiting)


async def relay_events(resources: Resources, dispatcher: Dispatcher) -> int:
    """Send events that were committed and not sent; return how many. Raises RedisError when Redis is away."""
    async with resources.sessions() as db:
        statement = (
            select(OutboxEvent)
            .where(OutboxEvent.created_at < func.now() - GRACE)
            .order_by(OutboxEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        rows = list(await db.scalars(statement))
        await db.rollback()
    if rows:
        await dispatcher.send([Telling(row.topic, row.name, row.data, row.id) for row in rows])
    return len(rows)
