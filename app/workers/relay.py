"""The relay: sends again what was accepted and did not arrive.

Wake-ups of jobs that nobody has started (the process died between commit and sending, Redis was away or lost), and
events still in the outbox. A mark in Redis tells when Redis has lost what it held: then every waiting job is due. Any
number of relays may run: a second wake-up finds nothing to claim, and an event told twice is added once.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, select

from app.db.models import OutboxEvent
from app.queue import ledger
from app.queue.dispatch import Dispatcher
from app.queue.messages import Queue
from app.queue.outbox import Telling, WakeUp
from app.resources import Resources

log = structlog.get_logger()
BATCH = 100
MARK = "queue:mark"
GRACE = timedelta(seconds=1)  # the process that wrote an event has this long to send it itself


async def relay_jobs(resources: Resources, dispatcher: Dispatcher) -> int:
    """Wake workers for jobs that wait unclaimed; return how many. Raises RedisError when Redis is away."""
    await _notice_loss(resources)
    async with resources.transaction() as db:
        waiting = await ledger.unclaimed(db, BATCH)
        if waiting:
            # Sent before the commit: if Redis is away the rows stay due, and a second wake-up does no harm.
            await dispatcher.send([WakeUp(job_id, Queue(queue), begun) for job_id, queue, begun in waiting])
        return len(waiting)


async def relay_events(resources: Resources, dispatcher: Dispatcher) -> int:
    """Send events that were committed and not sent; return how many. Raises RedisError when Redis is away."""
    async with resources.sessions() as db:
        statement = (
            select(OutboxEvent).where(OutboxEvent.created_at < func.now() - GRACE).order_by(OutboxEvent.id).limit(BATCH)
        )
        rows = list(await db.scalars(statement))
    if rows:
        await dispatcher.send([Telling(row.topic, row.name, row.data, row.id) for row in rows])
    return len(rows)


async def _notice_loss(resources: Resources) -> None:
    """Make every waiting job due if Redis has forgotten its wake-ups, rather than when its next one would be."""
    if not await resources.redis.exists(MARK):
        async with resources.transaction() as db:
            count = await ledger.all_due(db)
        await resources.redis.set(MARK, "1")
        log.warning("relay.wake_ups_lost", waiting=count)
