"""A window that slides in tenths: counts of the last ten tenths and the current one, so never too many in any window.

The usual counter of two windows lets half as many again through when requests cluster at a window's edge; this one
gives the quota back a tenth of a window late at most. `RedisWindows` counts for all processes, on Redis's clock;
`local_windows` counts in this process's memory.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from time import time
from typing import NamedTuple, cast

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

BATCH = 100  # requests counted by one call of the script, which takes Redis about a millisecond

# A key is a hash: a tenth's number since 1970, and the count in it. The windows of one request carry the same number
# (the fourth argument) and are counted all or not at all. Answers per window: allowed, total, and milliseconds until
# some comes back (or, when refused, until the cost fits).
SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local answers, plans, first = {}, {}, 1
for i, key in ipairs(KEYS) do
    local a = 4 * (i - 1)
    local quota, tenth, cost = tonumber(ARGV[a + 1]), ARGV[a + 2] * 100, tonumber(ARGV[a + 3])
    local current, total, counted, past = math.floor(now / tenth), 0, {}, {}
    local held = redis.call('HGETALL', key)
    for n = 1, #held, 2 do
        local number, count = tonumber(held[n]), tonumber(held[n + 1])
        if number >= current - 10 then
            total = total + count
            counted[#counted + 1] = {number, count}
        else
            past[#past + 1] = held[n]
        end
    end
    table.sort(counted, function(x, y) return x[1] < y[1] end)
    local ok, room, wait = total + cost <= quota, quota - cost - total, 11 * tenth
    for _, pair in ipairs(counted) do
        if ok or room < 0 then
            wait = (pair[1] + 11) * tenth - now
            room = room + pair[2]
        end
        if ok then break end
    end
    answers[i] = {ok and 1 or 0, total, wait}
    plans[i] = {current, cost, past, 11 * tenth}
    if ARGV[a + 4] ~= ARGV[a + 8] then
        local all = 1
        for j = first, i do all = all * answers[j][1] end
        for j = first, all == 1 and i or 0 do
            local plan = plans[j]
            redis.call('HINCRBY', KEYS[j], plan[1], plan[2])
            redis.call('PEXPIRE', KEYS[j], plan[4])
            if #plan[3] > 0 then redis.call('HDEL', KEYS[j], unpack(plan[3])) end
            answers[j][2] = answers[j][2] + plan[2]
        end
        first = i + 1
    end
end
return answers
"""


class Window(NamedTuple):
    """One count to take."""

    key: str
    quota: int
    span_s: int
    cost: int


State = tuple[bool, int, int]  # allowed, remaining, seconds until some comes back (or, refused, until it fits)
Waiting = tuple[Sequence[Window], "asyncio.Future[list[State]]"]


class RedisWindows:
    """Counts in Redis. Requests that arrive while a call is under way share the next one, on a single connection."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(SCRIPT)
        self._waiting: deque[Waiting] = deque()
        self._running: asyncio.Task[None] | None = None

    async def count(self, windows: Sequence[Window]) -> list[State]:
        """Count against all windows or none, and return how each stands. Raises RedisError or OSError."""
        outcome: asyncio.Future[list[State]] = asyncio.get_running_loop().create_future()
        self._waiting.append((windows, outcome))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), context=Context())
        return await outcome

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                states = iter(await self._call(batch))
            except Exception as error:  # whatever it is, those who wait must hear it
                for _, outcome in batch:
                    _ = outcome.done() or outcome.set_exception(error)
                continue
            for windows, outcome in batch:
                mine = [_read(window, *next(states)) for window in windows]
                _ = outcome.done() or outcome.set_result(mine)

    async def _call(self, batch: Sequence[Waiting]) -> list[list[int]]:
        keys = [window.key for windows, _ in batch for window in windows]
        numbers = [n for i, (windows, _) in enumerate(batch) for window in windows for n in (*window[1:], i)]
        return cast("list[list[int]]", await self._script(keys, numbers))


def _read(window: Window, allowed: int, total: int, wait_ms: int) -> State:
    return bool(allowed), max(0, window.quota - total), math.ceil(wait_ms / 1000)


def local_windows(storage: MemoryStorage) -> Callable[[Window], Awaitable[State]]:
    """Return the same count kept in this process's memory."""
    counter = SlidingWindowCounterRateLimiter(storage)

    async def count(window: Window) -> State:
        item = RateLimitItemPerSecond(window.quota, window.span_s)
        allowed = await counter.hit(item, window.key, cost=window.cost)
        reset_at, remaining = await counter.get_window_stats(item, window.key)
        return allowed, remaining, max(0, math.ceil(reset_at - time()))

    return count
