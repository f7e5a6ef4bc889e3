"""From the outbox to Redis: at once when all is well, by the relay when it is not, and each event once."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
import redis.asyncio as aioredis
from redis.exceptions import RedisError
from sqlalchemy import func, select, update

from app.db.models import OutboxEvent
from app.domain.renders.messages import RenderFailed
from app.lib.ids import new_id
from app.lib.schema import Reason
from app.queue.brokers import NAMESPACE
from app.queue.dispatch import Dispatcher
from app.queue.live import stream_key
from app.queue.messages import Queue
from app.queue.outbox import Outbox, Telling, WakeUp
from app.resources import Resources, open_redis
from app.workers.relay import relay_events, relay_jobs
from tests.queue.help import Deed, Workshop, until

NOWHERE = "redis://127.0.0.1:1/0"


def event(number: int) -> RenderFailed:
    """Return an event that can be told apart."""
    error = Reason(str(number), "no")
    return RenderFailed(session_id=None, render_id=new_id(), job_id=new_id(), room_id=new_id(), error=error)


async def tell(resources: Resources, user_id: UUID, *numbers: int) -> None:
    """Commit events for a user."""
    async with resources.transaction() as db:
        for number in numbers:
            Outbox(db).tell(user_id, event(number))


async def streamed(redis: aioredis.Redis, user_id: UUID) -> list[str]:
    """Return the numbers of the events in a user's stream, in order."""
    entries: Any = await redis.xrange(stream_key(str(user_id)))
    return [msgspec.json.decode(fields[b"data"])["error"]["code"] for _, fields in entries]


async def grow_old(resources: Resources) -> None:
    """Let every event have waited longer than its own process may take to send it."""
    async with resources.transaction() as db:
        await db.execute(update(OutboxEvent).values(created_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 5)))


async def left(resources: Resources) -> int:
    """Return how many events wait in the outbox."""
    async with resources.sessions() as db:
        return await db.scalar(select(func.count()).select_from(OutboxEvent)) or 0


@pytest.fixture
async def sending(resources: Resources) -> Any:
    """Return resources with a dispatcher behind them, as every process has."""
    dispatcher = Dispatcher(resources)
    await dispatcher.start()
    yield replace(resources, send=dispatcher.put)
    await dispatcher.stop()


async def test_events_are_sent_after_the_commit_in_order_and_leave_the_outbox(sending: Resources) -> None:
    user_id = new_id()

    for number in range(0, 30, 3):
        await tell(sending, user_id, number, number + 1, number + 2)

    async def gone() -> bool:
        return await left(sending) == 0

    await until(gone)
    assert await streamed(sending.redis, user_id) == [str(number) for number in range(30)]


async def test_nothing_is_told_of_what_is_rolled_back(sending: Resources) -> None:
    user_id = new_id()

    async def half() -> None:
        async with sending.transaction() as db:
            Outbox(db).tell(user_id, event(1))
            raise RuntimeError("before the commit")

    with pytest.raises(RuntimeError):
        await half()
    await tell(sending, user_id, 2)

    async def there() -> bool:
        return bool(await streamed(sending.redis, user_id))

    await until(there)
    assert await streamed(sending.redis, user_id) == ["2"]


async def test_an_event_sent_three_times_is_in_the_stream_once(workshop: Workshop) -> None:
    user_id = new_id()
    await tell(workshop.resources, user_id, 1, 2)
    tellings = [sending for sending in workshop.sent if isinstance(sending, Telling)][-2:]

    for _ in range(3):
        await workshop.dispatcher.send(tellings)

    assert await streamed(workshop.resources.redis, user_id) == ["1", "2"]
    assert await left(workshop.resources) == 0


async def test_what_a_crash_left_unsent_the_relays_send_once_between_them(workshop: Workshop) -> None:
    user_id = new_id()
    await tell(workshop.resources, user_id, *range(20))
    await grow_old(workshop.resources)

    await asyncio.gather(*(relay_events(workshop.resources, workshop.dispatcher) for _ in range(4)))

    assert await streamed(workshop.resources.redis, user_id) == [str(number) for number in range(20)]
    assert await left(workshop.resources) == 0


async def test_the_relay_leaves_fresh_events_to_the_process_that_wrote_them(workshop: Workshop) -> None:
    user_id = new_id()
    await tell(workshop.resources, user_id, 1)

    assert await relay_events(workshop.resources, workshop.dispatcher) == 0
    assert await left(workshop.resources) == 1


async def test_while_redis_is_away_commits_go_on_and_the_outbox_keeps_what_they_tell(resources: Resources) -> None:
    nowhere = replace(
        resources, redis=open_redis(NOWHERE), settings=msgspec.structs.replace(resources.settings, redis_url=NOWHERE)
    )
    dispatcher = Dispatcher(nowhere)
    await dispatcher.start()
    user_id = new_id()

    await tell(replace(nowhere, send=dispatcher.put), user_id, 1, 2)
    with pytest.raises(RedisError):
        await relay_jobs(nowhere, dispatcher)
    await dispatcher.stop()

    assert await left(resources) == 2
    back = Dispatcher(resources)
    await grow_old(resources)
    assert await relay_events(resources, back) == 2
    assert await streamed(resources.redis, user_id) == ["1", "2"]
    await back.stop()


async def hints(resources: Resources) -> int:
    """Return how many wake-ups wait in Redis."""
    redis: Any = resources.redis  # typed for both of its kinds at once
    return await redis.llen(f"{NAMESPACE}:renders") + await redis.llen("saq:upkeep:queued")


async def test_a_job_nobody_starts_is_woken_again_at_growing_intervals(workshop: Workshop) -> None:
    await relay_jobs(workshop.resources, workshop.dispatcher)  # notices that this Redis is a new one
    job_id = await workshop.order(Deed())
    pauses: list[float] = []

    assert await relay_jobs(workshop.resources, workshop.dispatcher) == 0  # the first wake-up has its time
    for _ in range(6):
        await workshop.make_due(job_id)
        assert await relay_jobs(workshop.resources, workshop.dispatcher) == 1
        assert await relay_jobs(workshop.resources, workshop.dispatcher) == 0
        job = await workshop.job(job_id)
        pauses.append(round((job.wake_at - job.run_after).total_seconds()))

    assert pauses == [15, 30, 60, 120, 240, 300]
    assert await hints(workshop.resources) == 6


async def test_jobs_that_are_not_due_started_or_over_are_not_woken(workshop: Workshop) -> None:
    await relay_jobs(workshop.resources, workshop.dispatcher)
    running, done, later = [await workshop.order(Deed()) for _ in range(3)]
    for job_id in (running, done):
        await workshop.make_due(job_id)
    await workshop.claim(running)
    await workshop.performer().perform(done)
    await workshop.change(later, wake_at=func.now() + func.make_interval(0, 0, 0, 0, 1))

    assert await relay_jobs(workshop.resources, workshop.dispatcher) == 0


async def test_when_redis_forgot_everything_all_that_waits_is_woken_at_once(workshop: Workshop) -> None:
    await relay_jobs(workshop.resources, workshop.dispatcher)
    jobs = [await workshop.order(Deed()) for _ in range(5)]
    for job_id in jobs:
        await workshop.change(job_id, wakes=9, wake_at=func.now() + func.make_interval(0, 0, 0, 0, 1))
    assert await relay_jobs(workshop.resources, workshop.dispatcher) == 0

    await workshop.resources.redis.flushdb()

    assert await relay_jobs(workshop.resources, workshop.dispatcher) == 5
    assert await relay_jobs(workshop.resources, workshop.dispatcher) == 0


async def test_what_was_interrupted_goes_before_what_has_not_begun(workshop: Workshop) -> None:
    redis: Any = workshop.resources.redis
    jobs = [new_id() for _ in range(4)]
    wake_ups = [WakeUp(job_id, Queue.RENDERS, first=number == 2) for number, job_id in enumerate(jobs)]

    await workshop.dispatcher.send(wake_ups)

    waiting = await redis.lrange(f"{NAMESPACE}:renders", 0, -1)
    messages = [msgspec.json.decode(await redis.hget(f"{NAMESPACE}:renders.msgs", name)) for name in waiting]
    assert [message["args"] for message in messages] == [[str(jobs[number])] for number in (2, 0, 1, 3)]


async def test_several_relays_share_the_work(workshop: Workshop) -> None:
    await relay_jobs(workshop.resources, workshop.dispatcher)
    owner_id = await workshop.owner()
    jobs = [await workshop.order(Deed(), owner_id) for _ in range(150)]
    for job_id in jobs:
        await workshop.make_due(job_id)

    found = Counter(
        await asyncio.gather(*(relay_jobs(workshop.resources, workshop.dispatcher) for _ in range(4)))
        + [await relay_jobs(workshop.resources, workshop.dispatcher)]
    )

    assert sum(count * times for count, times in found.items()) == 150
    assert await hints(workshop.resources) == 150
