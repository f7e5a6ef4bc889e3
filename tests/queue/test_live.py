"""Live streams: nothing missed, nothing twice, whatever happens between Redis, the hub and a slow reader."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import redis.asyncio as aioredis

from app.lib.ids import new_id
from app.queue.live import EPOCH_KEY, KEEP_EVENTS, Streams, stream_key
from app.queue.outbox import Telling
from app.resources import Resources, open_redis
from app.web.live import READER_QUEUE, Hub, LiveEvent, Reader
from tests.queue.help import until


class Ground:
    """A hub with its Redis, and one user's stream."""

    def __init__(self, redis: aioredis.Redis) -> None:
        self.redis = redis
        self.hub = Hub(redis)
        self.streams = Streams(redis)
        self.user = str(new_id())

    async def publish(self, *numbers: int) -> None:
        """Add events to the user's stream."""
        data = [{"sessionId": None, "number": number} for number in numbers]
        await self.streams.append([Telling(self.user, "test:happened", each) for each in data])

    async def ids(self) -> list[str]:
        """Return the ids of the user's events as clients know them."""
        epoch = await self.redis.get(EPOCH_KEY)
        entries: Any = await self.redis.xrange(stream_key(self.user))
        return [f"{epoch.decode()}-{entry.decode()}" for entry, _ in entries]


@pytest.fixture
async def ground(resources: Resources) -> AsyncGenerator[Ground]:
    """Return a hub that listens."""
    ground = Ground(resources.redis)
    await ground.hub.start()

    await until(lambda: ground.hub.connected)
    yield ground
    await ground.hub.stop()


def number_of(event: LiveEvent) -> int:
    """Return an event's number."""
    return int(event.frame.split(b'"number":')[1].split(b"}")[0])


async def read(reader: Reader, count: int) -> list[int]:
    """Return the numbers of the next events."""
    found: list[int] = []
    async with asyncio.timeout(5):
        while len(found) < count and not reader.ended:
            found += [number_of(event) for event in await reader.next()]
    return found


async def test_readers_hear_everything_from_now_on_in_order(ground: Ground) -> None:
    await ground.publish(0)
    async with ground.hub.reading(ground.user) as one, ground.hub.reading(ground.user) as two:
        for start in range(1, 101, 10):
            await ground.publish(*range(start, start + 10))

        assert await read(one, 100) == list(range(1, 101))
        assert await read(two, 100) == list(range(1, 101))


async def test_the_replay_is_exactly_what_was_missed(ground: Ground) -> None:
    await ground.publish(*range(50))
    ids = await ground.ids()

    for at in (0, 1, 25, 48, 49):
        missed = await ground.hub.replay(ground.user, ids[at])
        assert missed is not None
        assert [number_of(event) for event in missed] == list(range(at + 1, 50))


async def test_under_constant_publishing_nothing_falls_between_subscribing_and_replay(ground: Ground) -> None:
    await ground.publish(0)
    [first] = await ground.ids()
    stop = asyncio.Event()

    async def keep_publishing() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            await ground.publish(number)
        return number

    publishing = asyncio.create_task(keep_publishing())
    await asyncio.sleep(0.05)
    seen: list[list[int]] = []
    for _ in range(10):
        async with ground.hub.reading(ground.user) as reader:
            missed = await ground.hub.replay(ground.user, first)
            assert missed
            got = [number_of(event) for event in missed]
            last = missed[-1].order
            while len(got) < len(missed) + 20:
                got += [number_of(event) for event in await reader.next() if event.order > last]
            seen.append(got)
    stop.set()
    await publishing

    for got in seen:
        assert got == list(range(1, len(got) + 1))


async def test_an_id_of_a_redis_that_was_lost_is_recognised(ground: Ground) -> None:
    await ground.publish(1, 2)
    old = (await ground.ids())[0]

    await ground.redis.flushdb()
    await ground.publish(3)

    assert await ground.hub.replay(ground.user, old) is None
    assert await ground.hub.replay(ground.user, (await ground.ids())[0]) == []


@pytest.mark.parametrize("last_id", ["", "x", "x-1", "x-1-2-3", "x-١-0", "-1-0", "epoch-99999999999999999999-0"])
async def test_an_id_that_is_none_is_answered_with_a_reset(ground: Ground, last_id: str) -> None:
    await ground.publish(1)

    assert await ground.hub.replay(ground.user, last_id) is None


async def test_an_id_of_somebody_else_is_answered_with_a_reset(ground: Ground) -> None:
    await ground.publish(1)

    assert await ground.hub.replay(str(new_id()), (await ground.ids())[0]) is None


async def test_an_id_that_has_been_trimmed_away_is_answered_with_a_reset(ground: Ground) -> None:
    await ground.publish(0)
    [first] = await ground.ids()
    for start in range(1, KEEP_EVENTS * 2, 200):
        await ground.publish(*range(start, start + 200))

    assert await ground.hub.replay(ground.user, first) is None
    kept = await ground.ids()
    assert KEEP_EVENTS <= len(kept) < KEEP_EVENTS * 1.5
    missed = await ground.hub.replay(ground.user, kept[0])
    assert missed is not None
    assert len(missed) == len(kept) - 1


async def test_a_slow_reader_is_dropped_and_resumes_without_a_gap(ground: Ground) -> None:
    await ground.publish(0)
    [last] = await ground.ids()
    async with ground.hub.reading(ground.user) as slow, ground.hub.reading(ground.user) as quick:
        reading = asyncio.create_task(read(quick, READER_QUEUE + 100))
        for start in range(1, READER_QUEUE + 101, 50):
            await ground.publish(*range(start, start + 50))
        assert (await reading)[-1] >= READER_QUEUE + 100
        assert slow.ended

    async with ground.hub.reading(ground.user):
        missed = await ground.hub.replay(ground.user, last)
        assert missed is not None
        assert [number_of(event) for event in missed] == list(range(1, len(missed) + 1))


async def test_streams_end_at_once_on_close(ground: Ground) -> None:
    began = asyncio.get_running_loop().time()
    async with ground.hub.reading(ground.user) as reader:
        waiting = asyncio.create_task(reader.next())
        await asyncio.sleep(0)

        ground.hub.close_streams()

        assert await waiting == []
        assert reader.ended
    async with ground.hub.reading(ground.user) as late:
        assert late.ended
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_readers_are_dropped_when_the_connection_to_redis_is_lost_and_come_back(ground: Ground) -> None:
    async with ground.hub.reading(ground.user) as reader:
        await ground.redis.client_kill_filter(_type="pubsub")

        async with asyncio.timeout(5):
            while not reader.ended:
                await reader.next()

    async def comes_back() -> bool:
        try:
            async with ground.hub.reading(ground.user) as again:
                await ground.publish(7)
                return await read(again, 1) == [7]
        except (aioredis.RedisError, TimeoutError):
            return False

    await until(comes_back)


async def test_coming_and_going_of_many_leaves_nothing_behind(ground: Ground) -> None:
    async def come_and_go(user: str) -> None:
        async with ground.hub.reading(user):
            await asyncio.sleep(0)

    for _ in range(3):
        await asyncio.gather(*(come_and_go(f"{ground.user}-{number % 7}") for number in range(70)))

    assert ground.hub.streams == 0

    async def unsubscribed() -> bool:
        return await ground.redis.pubsub_channels(f"live:now:{ground.user}-*") == []

    await until(unsubscribed)
    async with ground.hub.reading(f"{ground.user}-1") as reader:
        ground.user = f"{ground.user}-1"
        await ground.publish(1)
        assert await read(reader, 1) == [1]


async def test_without_redis_a_stream_is_refused_rather_than_silent() -> None:
    nowhere = open_redis("redis://127.0.0.1:1/0")
    hub = Hub(nowhere)
    await hub.start()

    with pytest.raises(aioredis.RedisError):
        async with hub.reading("somebody"):
            pass

    assert hub.streams == 0
    await hub.stop()
    await nowhere.aclose()


async def test_a_login_that_ends_ends_its_users_streams_and_nobody_elses(ground: Ground) -> None:
    async with ground.hub.reading(ground.user) as theirs, ground.hub.reading(str(new_id())) as anothers:
        await ground.streams.hang_up(ground.user)

        await until(lambda: theirs.ended)
        assert not anothers.ended
