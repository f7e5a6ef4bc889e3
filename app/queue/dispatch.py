"""The dispatcher: sends what a commit left in the outbox, in order, without making anyone wait for Redis.

It never retries: what Redis did not take stays in the tables, and the relay sends it (workers/relay.py).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy import delete

from app.db.models import OutboxEvent
from app.queue import cancels
from app.queue.brokers import HeavyBroker, heavy_broker, light_queues
from app.queue.declare import LEASE_S
from app.queue.live import Streams
from app.queue.messages import HEAVY, Event
from app.queue.outbox import Cancelled, HangUp, Sending, Telling, WakeUp, with_time
from app.resources import Resources

log = structlog.get_logger()
BATCH = 200
BACKLOG = 10_000  # beyond it sendings are left to the relay instead of growing without end
AWAY_S = 1.0


class Dispatcher:
    """Sends wake-ups and events of one process, in the order they were committed here."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._waiting: asyncio.Queue[Sending] = asyncio.Queue(BACKLOG)
        self._streams = Streams(resources.redis)
        self._light = light_queues(resources.redis)
        self._heavy: HeavyBroker = heavy_broker(resources.settings.redis_url)
        self._away_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def put(self, sendings: Sequence[Any]) -> None:
        """Take what a commit left; returns at once."""
        for sending in sendings:
            try:
                self._waiting.put_nowait(sending)
            except asyncio.QueueFull:
                return

    def report(self, topic: str, event: Event) -> None:
        """Send an event that no table keeps: progress and the like, lost if Redis is away."""
        self.put([Telling(topic, event.name, with_time(event))])

    async def start(self) -> None:
        """Begin sending in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Send what is waiting, at most for a second, and end."""
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._waiting.join()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._heavy.client.close()

    async def send(self, sendings: Sequence[Sending]) -> None:
        """Send a batch now. Raises RedisError when Redis is away; what was sent by then may be sent again."""
        tellings = [sending for sending in sendings if isinstance(sending, Telling)]
        wake_ups = [sending for sending in sendings if isinstance(sending, WakeUp)]
        if tellings:  # first, so that a worker's word never overtakes what it follows from
            await self._streams.append(tellings)
        if ended := [sending.job_id for sending in sendings if isinstance(sending, Cancelled)]:
            await cancels.announce(self._resources.redis, ended)
        if heavy := [(wake.job_id, wake.queue, wake.first) for wake in wake_ups if wake.queue in HEAVY]:
            await asyncio.to_thread(self._heavy.wake, heavy)
        for wake in wake_ups:
            if wake.queue not in HEAVY:
                await self._light[wake.queue].enqueue(
                    "run", job_id=str(wake.job_id), retries=1, timeout=0, ttl=60, heartbeat=LEASE_S * 3
                )
        for sending in sendings:
            if isinstance(sending, HangUp):
                await self._streams.hang_up(sending.topic)
        if tellings:
            await self._forget([telling.outbox_id for telling in tellings if telling.outbox_id])

    async def _forget(self, sent: list[UUID]) -> None:
        if sent:
            async with self._resources.sessions() as db:
                await db.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(sent)))
                await db.commit()

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._send_or_leave(batch)
            for _ in batch:
                self._waiting.task_done()

    async def _send_or_leave(self, batch: list[Sending]) -> None:
        """Send a batch; if Redis is away, leave it and what follows within a second to the relay."""
        loop_time = asyncio.get_running_loop().time()
        if loop_time < self._away_until:
            return
        try:
            await self.send(batch)
        except (RedisError, OSError) as error:
            self._away_until = loop_time + AWAY_S
            log.warning("dispatch.left_to_relay", count=len(batch), error=str(error))
        except Exception:
            log.exception("dispatch.failed", count=len(batch))
