"""The cache: one fetch for many, gone everywhere when dropped, and no error without Redis."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from app.embedded.ports import free_port
from app.lib.cache import Cache
from app.resources import Resources, open_redis
from bench.chaos.proxy import CuttingProxy
from tests.queue.help import until


class Source:
    """What is cached: counts how often it was asked."""

    def __init__(self, value: bytes = b"1", takes_s: float = 0) -> None:
        self.value = value
        self.asked = 0
        self._takes_s = takes_s

    async def fetch(self) -> bytes:
        """Return the value as it was when asked."""
        self.asked += 1
        value = self.value
        await asyncio.sleep(self._takes_s)
        return value


class Door:
    """A way to Redis that can be shut."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.port = free_port()
        self._proxy: CuttingProxy | None = None

    async def open(self) -> None:
        """Let through."""
        self._proxy = CuttingProxy(self.behind, b"nothing")
        await self._proxy.start(self.port)

    async def shut(self) -> None:
        """Let nothing through, and cut what is under way."""
        assert self._proxy is not None
        await self._proxy.stop()


@pytest.fixture
async def two(resources: Resources) -> AsyncGenerator[tuple[Cache, Cache]]:
    """Return the caches of two processes that listen."""
    caches = Cache(resources.redis), Cache(resources.redis)
    async with AsyncExitStack() as stack:
        for cache in caches:
            await stack.enter_async_context(cache.listening())

        async def listening() -> bool:
            [(_, count)] = await resources.redis.pubsub_numsub("cache:gone")
            return count >= 2

        await until(listening)
        await asyncio.sleep(0.05)  # what they do once connected is done
        yield caches


async def test_many_who_ask_at_once_cause_one_fetch(two: tuple[Cache, Cache]) -> None:
    source = Source(takes_s=0.05)

    found = await asyncio.gather(*(two[0].get("styles", source.fetch) for _ in range(100)))

    assert set(found) == {b"1"}
    assert source.asked == 1


async def test_one_who_gives_up_does_not_spoil_it_for_the_others(two: tuple[Cache, Cache]) -> None:
    source = Source(takes_s=0.05)
    first = asyncio.create_task(two[0].get("styles", source.fetch))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(two[0].get("styles", source.fetch))

    first.cancel()

    assert await second == b"1"
    assert source.asked == 1


async def test_what_one_process_fetched_the_other_finds_in_redis(two: tuple[Cache, Cache]) -> None:
    source = Source()

    await two[0].get("styles", source.fetch)
    await two[1].get("styles", source.fetch)
    await two[1].get("styles", source.fetch)

    assert source.asked == 1
    assert two[1].hits == {"memory": 1, "redis": 1, "miss": 0}


async def test_what_is_dropped_is_gone_in_every_process(two: tuple[Cache, Cache]) -> None:
    source = Source()
    for cache in two:
        await cache.get("styles", source.fetch)

    source.value = b"2"
    await two[0].drop("styles")

    async def fresh() -> bool:
        return await two[1].get("styles", source.fetch) == b"2"

    await until(fresh, within_s=1)
    assert await two[0].get("styles", source.fetch) == b"2"
    assert source.asked == 2


async def test_a_fetch_that_began_before_the_write_is_not_kept(two: tuple[Cache, Cache]) -> None:
    source = Source(takes_s=0.1)
    slow = asyncio.create_task(two[1].get("styles", source.fetch))
    await until(lambda: source.asked == 1)

    source.value = b"2"
    await two[0].drop("styles")

    assert await slow == b"1"
    for cache in two:
        assert await cache.get("styles", source.fetch) == b"2"


async def test_a_fetch_that_began_before_the_write_is_not_shared_by_one_who_heard_nothing(resources: Resources) -> None:
    deaf, writer, source = Cache(resources.redis), Cache(resources.redis), Source(takes_s=0.1)
    slow = asyncio.create_task(deaf.get("styles", source.fetch))
    await until(lambda: source.asked == 1)

    source.value = b"2"
    await writer.drop("styles")
    await slow

    assert await Cache(resources.redis).get("styles", source.fetch) == b"2"


async def test_what_could_not_be_dropped_while_redis_was_away_is_dropped_when_it_is_back(resources: Resources) -> None:
    door = Door(resources.redis.connection_pool.connection_kwargs["port"])
    await door.open()
    redis = open_redis(resources.settings.redis_url.replace(str(door.behind), str(door.port), 1))
    writer, reader, source = Cache(redis), Cache(resources.redis), Source()
    async with writer.listening():
        await reader.get("styles", source.fetch)
        await door.shut()
        source.value = b"2"
        await writer.drop("styles")
        assert await writer.get("styles", source.fetch) == b"2"
        await door.open()

        async def fresh() -> bool:
            return await Cache(resources.redis).get("styles", source.fetch) == b"2"

        await until(fresh)
    await redis.aclose()
    await door.shut()


async def test_a_failed_fetch_is_not_kept_either(two: tuple[Cache, Cache]) -> None:
    async def fails() -> bytes:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await two[0].get("styles", fails)
    assert await two[0].get("styles", Source().fetch) == b"1"


async def test_memory_forgets_after_its_time(two: tuple[Cache, Cache]) -> None:
    source = Source()

    await two[0].get("styles", source.fetch, memory_s=0.02)
    await asyncio.sleep(0.03)
    await two[0].get("styles", source.fetch, memory_s=0.02)

    assert two[0].hits == {"memory": 0, "redis": 1, "miss": 1}


async def test_without_redis_it_is_slower_and_nothing_else() -> None:
    nowhere = open_redis("redis://127.0.0.1:1/0")
    cache, source = Cache(nowhere), Source()

    async with cache.listening():
        assert await cache.get("styles", source.fetch) == b"1"
        assert await cache.get("styles", source.fetch) == b"1"
        await cache.drop("styles")
        source.value = b"2"
        assert await cache.get("styles", source.fetch) == b"2"

    assert source.asked == 2
    await nowhere.aclose()
