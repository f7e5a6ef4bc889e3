"""A cache in two tiers: this process's memory, then Redis; one fetch per key however many ask at once.

A write invalidates every process: the key is deleted in Redis and its name published to all. What a process fetched
before the write is not stored after it: a count of drops, read before the fetch, has moved on by then. Values are JSON
bytes, so that a stored value can be sent as it is, and nothing stored can run code. Redis away means a miss, never an
error; what should have been dropped meanwhile is dropped when it is back.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.lib.pubsub import follow
from app.lib.tasks import end

log = structlog.get_logger()
CHANNEL = "cache:gone"
PREFIX = "cache:"
DROPS = "cache-drops:"
DROPS_KEPT_S = 600  # no fetch takes so long
# KEYS: value, drops. ARGV: drops as they were before the fetch, value, seconds.
KEEP = """
if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
"""
MEMORY_ENTRIES = 4_096
Fetch = Callable[[], Awaitable[bytes]]


class Cache:
    """Bytes by key: in memory for `memory_s`, in Redis for `shared_s`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._memory: dict[str, tuple[float, bytes]] = {}
        self._fetching: dict[str, asyncio.Task[bytes]] = {}
        self._keep = redis.register_script(KEEP)
        self._owed: set[str] = set()  # keys that could not be dropped in Redis
        self._paying: asyncio.Task[None] | None = None
        self._generation = 0  # grows with every invalidation, so that a fetch begun before one is not kept
        self.hits = {"memory": 0, "redis": 0, "miss": 0}

    async def get(self, key: str, fetch: Fetch, *, memory_s: float = 300, shared_s: int = 3600) -> bytes:
        """Return the value of a key, fetched once if neither tier has it."""
        found = self._memory.get(key)
        if found is not None and found[0] > time.monotonic():
            self.hits["memory"] += 1
            return found[1]
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, fetch, memory_s, shared_s))
            self._fetching[key] = task
            task.add_done_callback(lambda done: self._fetched(key, done))
        return await asyncio.shield(task)

    async def drop(self, *keys: str) -> None:
        """Forget keys in every process; call it after the write has been committed."""
        self._forget(keys)
        self._owed.update(keys)
        with suppress(RedisError, OSError):
            async with self._redis.pipeline(transaction=True) as pipe:
                for key in keys:
                    pipe.incr(DROPS + key)
                    pipe.expire(DROPS + key, DROPS_KEPT_S)
                    pipe.delete(PREFIX + key)
                    pipe.publish(CHANNEL, key)
                await pipe.execute()
            self._owed.difference_update(keys)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Hear of keys other processes drop, while the block runs."""
        task = asyncio.create_task(follow(self._redis, CHANNEL, lambda key: self._forget((key,)), self._start_afresh))
        try:
            yield
        finally:
            await end(task)

    async def _load(self, key: str, fetch: Fetch, memory_s: float, shared_s: int) -> bytes:
        generation = self._generation
        value, drops = await self._shared(key)
        self.hits["miss" if value is None else "redis"] += 1
        if value is None:
            value = await fetch()
            if generation == self._generation and drops is not None:
                with suppress(RedisError, OSError):
                    await self._keep(keys=[PREFIX + key, DROPS + key], args=[drops, value, shared_s])
        if generation == self._generation:
            self._remember(key, value, memory_s)
        return value

    async def _shared(self, key: str) -> tuple[bytes | None, bytes | None]:
        """Return the value in Redis, and how often the key has been dropped; None for both while Redis is away."""
        if key in self._owed:
            return None, None
        try:
            value, drops = await self._redis.mget(PREFIX + key, DROPS + key)
        except (RedisError, OSError):
            return None, None
        return value, drops or b"0"

    def _remember(self, key: str, value: bytes, memory_s: float) -> None:
        if len(self._memory) >= MEMORY_ENTRIES:
            self._memory.pop(next(iter(self._memory)))
        self._memory[key] = (time.monotonic() + memory_s, value)

    def _fetched(self, key: str, task: "asyncio.Task[bytes]") -> None:
        if self._fetching.get(key) is task:
            del self._fetching[key]

    def _forget(self, keys: tuple[str, ...]) -> None:
        self._generation += 1
        for key in keys:
            self._memory.pop(key, None)
            self._fetching.pop(key, None)

    def _start_afresh(self) -> None:
        """Forget everything: what was dropped while nobody listened is not known."""
        self._generation += 1
        self._memory.clear()
        if self._owed:
            self._paying = asyncio.create_task(self.drop(*self._owed))
