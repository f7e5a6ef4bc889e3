"""The sliding window counter: two counts per window, the previous one weighted by how much of it still overlaps.

Redis runs it as one script over any number of windows, all or nothing, on its own clock; `limits` runs it in memory.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from time import time
from typing import NamedTuple, cast

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

# A key is a hash: w, the number of its window since 1970; c, the count in it; p, the count in the one before.
SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local states, allowed = {}, 1
for i, key in ipairs(KEYS) do
    local quota, span, cost = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1] * 1000, tonumber(ARGV[3 * i])
    local number, elapsed = math.floor(now / span), now % span
    local held = redis.call('HMGET', key, 'w', 'c', 'p')
    local w, c, p = tonumber(held[1]), tonumber(held[2]) or 0, tonumber(held[3]) or 0
    if w == number - 1 then c, p = 0, c elseif w ~= number then c, p = 0, 0 end
    local ok = math.floor(p * (span - elapsed) / span) + c + cost <= quota
    if not ok then allowed = 0 end
    states[i] = {ok and 1 or 0, p, c, elapsed, number, span, cost}
end
for i, key in ipairs(KEYS) do
    local s = states[i]
    if allowed == 1 then
        s[3] = s[3] + s[7]
        redis.call('HSET', key, 'w', s[5], 'c', s[3], 'p', s[2])
        redis.call('PEXPIRE', key, 2 * s[6])
    end
end
return states
"""


class Window(NamedTuple):
    """One count to take."""

    key: str
    quota: int
    span_s: int
    cost: int


State = tuple[bool, int, int]  # allowed, remaining, seconds until whole again (or, refused, until worth asking)


def read_windows(windows: Sequence[Window], raw: object) -> list[State]:
    """Return what the script's answer says of each window."""
    states = cast("list[list[int]]", raw)
    return [_read(window, *state[:4]) for window, state in zip(windows, states, strict=True)]


def _read(window: Window, allowed: int, before: int, current: int, elapsed_ms: int) -> State:
    span_ms = window.span_s * 1000
    left_ms = span_ms - elapsed_ms
    remaining = max(0, window.quota - current - before * left_ms // span_ms)
    wait_ms = left_ms if allowed else _wait(window, before, current, left_ms)
    return bool(allowed), remaining, math.ceil(wait_ms / 1000)


def _wait(window: Window, before: int, current: int, left_ms: int) -> float:
    """Return the milliseconds until the weighted count has sunk far enough for this cost."""
    span_ms, room = window.span_s * 1000, window.quota - window.cost
    if room < 0:
        return span_ms
    if current <= room:  # enough of the previous window has to slide out
        return max(0.0, left_ms - (room - current) * span_ms / max(1, before))
    return left_ms + span_ms * (1 - room / current)  # this window has to end, and then slide out in part


def local_windows(storage: MemoryStorage) -> Callable[[Window], Awaitable[State]]:
    """Return the same count kept in this process's memory."""
    counter = SlidingWindowCounterRateLimiter(storage)

    async def count(window: Window) -> State:
        item = RateLimitItemPerSecond(window.quota, window.span_s)
        allowed = await counter.hit(item, window.key, cost=window.cost)
        reset_at, remaining = await counter.get_window_stats(item, window.key)
        return allowed, remaining, max(0, math.ceil(reset_at - time()))

    return count
