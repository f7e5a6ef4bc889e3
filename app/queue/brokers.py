"""The brokers that carry wake-ups: Dramatiq for the heavy worker's queues, SAQ for the light worker's.

Two things differ from Dramatiq's own Redis broker. An idle consumer waits on a Redis list instead of polling, so that a
job is picked up in milliseconds at the cost of one command a second. And an acknowledgement that Redis cannot take
(frozen, full, read-only) is tried again instead of given up, so that finished work is not started twice for it.
"""

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import redis
from dramatiq import Message, Middleware
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer  # pyright: ignore[reportPrivateUsage]
from dramatiq.errors import ConnectionClosed
from redis.asyncio import Redis as AsyncRedis
from saq.queue.redis import RedisQueue

from app.queue.messages import LIGHT, Queue

NAMESPACE = "heavy"
ACTOR = "run"
IDLE_WAIT_S = 1
WAKES_KEPT = 64
# A message that was put at the end goes to the front, unless somebody has fetched it already.
TO_FRONT = "if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 1 then redis.call('LPUSH', KEYS[1], ARGV[1]) end"


class PatientConsumer(_RedisConsumer):
    """Waits for work instead of polling, and keeps an acknowledgement until Redis takes it."""

    broker: "HeavyBroker"

    def ack(self, message: Any) -> None:
        """Acknowledge, or hand the message back to be acknowledged again in a moment."""
        try:
            super().ack(message)
        except redis.RedisError as error:
            self._try_later(message, error)

    def nack(self, message: Any) -> None:
        """Reject, or hand the message back to be rejected again in a moment."""
        try:
            super().nack(message)
        except redis.RedisError as error:
            self._try_later(message, error)

    def __next__(self) -> Any:
        """Return the next message, or None after an idle wait of about a second."""
        try:
            if not self.message_cache:
                room = self.prefetch - self.outstanding_message_count
                if room <= 0:
                    time.sleep(0.02)  # every thread is busy: look again when one may be free
                    return None
                self.message_cache = self.broker.do_fetch(self.queue_name, room)
            if not self.message_cache:
                self.broker.client.blpop([self.broker.wake_key(self.queue_name)], timeout=IDLE_WAIT_S)
                return None
        except redis.RedisError as error:
            raise ConnectionClosed(error) from None
        return super().__next__()

    def _try_later(self, message: Any, error: Exception) -> None:
        self.queued_message_ids.add(message.message_id)
        raise ConnectionClosed(error) from None


class HeavyBroker(RedisBroker):
    """Dramatiq's Redis broker with a consumer that waits, and without delay queues: delays live in the ledger."""

    @property
    def consumer_class(self) -> type[PatientConsumer]:
        return PatientConsumer

    def wake_key(self, queue_name: str) -> str:
        """Return the list an idle consumer of a queue waits on."""
        return f"{self.namespace}:wake:{queue_name}"

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without the delay queue that would only be polled in vain."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def wake(self, wake_ups: Iterable[tuple[UUID, Queue, bool]]) -> None:
        """Send wake-ups, some to the front of their queue; blocks. Raises redis.RedisError when Redis is away."""
        for job_id, queue, first in wake_ups:
            message: Message[Any] = Message(queue, f"{ACTOR}_{queue}", (str(job_id),), {}, {})
            message = self.enqueue(message)
            key = self.wake_key(queue)
            with self.client.pipeline(transaction=False) as pipe:
                if first:
                    pipe.eval(TO_FRONT, 1, f"{self.namespace}:{queue}", message.options["redis_message_id"])
                pipe.lpush(key, "1")
                pipe.ltrim(key, 0, WAKES_KEPT - 1)
                pipe.execute()


def heavy_broker(url: str, middleware: list[Middleware] | None = None) -> HeavyBroker:
    """Return a broker. No hidden retries: the ledger sends again what was lost."""
    client = redis.Redis.from_url(
        url, socket_timeout=10, socket_connect_timeout=2, socket_keepalive=True, health_check_interval=15, retry=None
    )
    return HeavyBroker(
        client=client,
        namespace=NAMESPACE,
        middleware=middleware or [],
        heartbeat_timeout=60_000,
        maintenance_chance=10_000,
        dead_message_ttl=3_600_000,
    )


def light_queues(client: AsyncRedis) -> dict[Queue, RedisQueue]:
    """Return SAQ's queues, one each."""
    return {name: RedisQueue(client, name=name) for name in LIGHT}
