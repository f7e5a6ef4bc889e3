"""How often: rates counted in Redis for all processes together, and in this process alone while Redis is away.

A sliding window counter serves every request, several limits in one round trip with all the answer's headers say.
Sign-in is counted exactly, one entry per attempt, and refused while it cannot be counted.
"""

import hashlib
import math
from collections.abc import Sequence
from time import monotonic, time
from typing import Any, NamedTuple, cast

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from app.lib.errors import Problem, TemporarilyUnavailable, TooMany
from app.web.sliding import RedisWindows, State, Window, local_windows

log = structlog.get_logger()

Header = tuple[bytes, bytes]
TIMEOUT_S = 0.2
TIMED_OUT = (TimeoutError, RedisTimeout)
PAUSE_S = 2.0  # after a failure Redis is not asked for so long, so that an outage costs no request a time-out


class Rate(NamedTuple):
    """So many in so many seconds."""

    quota: int
    window_s: int
    exact: bool = False  # counted one by one, and refused while it cannot be counted


RATES: dict[str, Rate] = {
    "api": Rate(600, 60),
    "sign-in": Rate(10, 15 * 60, exact=True),
    "guests": Rate(60, 3600),
    "chat": Rate(20, 60),
    "renders": Rate(10, 3600),
}


class Ask(NamedTuple):
    """One limit to count against, and for whom."""

    name: str
    who: tuple[str, ...]
    cost: int = 1


class Verdict(NamedTuple):
    """Whether one more was allowed, and how it stands now."""

    name: str
    allowed: bool
    remaining: int
    reset_s: int  # until some of the quota comes back; when refused, until it is worth asking again
    quota: int
    window_s: int


class RateLimited(TooMany):
    """More often than the limit allows."""


class SignInUnavailable(TemporarilyUnavailable):
    """Attempts cannot be counted now, and uncounted ones would let passwords be guessed."""

    title = "Signing in is not possible right now"


class Limiter:
    """Counts requests. One per process; `close` it with the process."""

    def __init__(self, redis_url: str, scale: int = 1) -> None:
        pool = BlockingConnectionPool.from_url(
            redis_url,
            max_connections=8,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),  # a second try could count twice
        )
        self._redis = Redis(connection_pool=pool)
        self._windows = RedisWindows(self._redis)
        self._local = local_windows(MemoryStorage())
        storage = RedisStorage(redis_url, implementation="redispy", connection_pool=cast("Any", pool))
        self._exact = MovingWindowRateLimiter(storage)
        self._rates = {name: rate._replace(quota=rate.quota * scale) for name, rate in RATES.items()}
        self._failures = 0
        self._away_until = 0.0

    async def hit(self, name: str, *who: str, cost: int = 1) -> Verdict:
        """Count `cost` against one limit. Raises SignInUnavailable for sign-in while Redis is away."""
        return (await self._hit_all([Ask(name, who, cost)]))[0]

    async def spend(self, name: str, *who: str, cost: int = 1) -> None:
        """Count `cost` against one limit. Raises RateLimited, or SignInUnavailable for sign-in while Redis is away."""
        verdict = await self.hit(name, *who, cost=cost)
        if not verdict.allowed:
            raise _refusal(verdict)

    async def admit(self, asks: Sequence[Ask]) -> tuple[list[Header], Problem | None]:
        """Count against several limits at once: the headers every answer carries, and the refusal if one is used up."""
        try:
            verdicts = await self._hit_all(asks)
        except SignInUnavailable as refusal:
            return [], refusal
        refused = next((verdict for verdict in verdicts if not verdict.allowed), None)
        return _headers(verdicts), None if refused is None else _refusal(refused)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def _hit_all(self, asks: Sequence[Ask]) -> list[Verdict]:
        exact = [ask for ask in asks if self._rates[ask.name].exact]
        verdicts = [await self._hit_exactly(ask) for ask in exact]
        if all(verdict.allowed for verdict in verdicts) and (rest := [ask for ask in asks if ask not in exact]):
            verdicts += await self._hit_windows(rest)
        return verdicts

    async def _hit_windows(self, asks: Sequence[Ask]) -> list[Verdict]:
        windows = [Window(_key(ask), *self._rates[ask.name][:2], ask.cost) for ask in asks]
        states = await self._in_redis(windows)
        if states is None:
            states = [await self._local(window) for window in windows]
        return [Verdict(ask.name, *state, *self._rates[ask.name][:2]) for ask, state in zip(asks, states, strict=True)]

    async def _in_redis(self, windows: Sequence[Window]) -> list[State] | None:
        """Count in Redis; None while it is away."""
        if monotonic() < self._away_until:
            return None
        try:
            states = await self._windows.count(windows)
        except (RedisError, OSError) as error:
            self._pause(error)
            return None
        self._failures = 0
        return states

    async def _hit_exactly(self, ask: Ask) -> Verdict:
        rate = self._rates[ask.name]
        item = RateLimitItemPerSecond(rate.quota, rate.window_s)
        if monotonic() < self._away_until:
            raise SignInUnavailable("Try again in a moment.")
        try:
            allowed = await self._exact.hit(item, _key(ask), cost=ask.cost)
            reset_at, remaining = await self._exact.get_window_stats(item, _key(ask))
        except (RedisError, OSError) as error:
            self._pause(error)
            raise SignInUnavailable("Try again in a moment.") from error
        return Verdict(ask.name, allowed, remaining, max(0, math.ceil(reset_at - time())), *rate[:2])

    def _pause(self, error: Exception) -> None:
        """Leave Redis alone for a while; a first time-out may be our own loop's delay, and is forgiven."""
        self._failures += 1
        if self._failures < 2 and isinstance(error, TIMED_OUT):
            return
        if monotonic() >= self._away_until:
            log.warning("limits.redis_away", error=type(error).__name__)
        self._away_until = monotonic() + PAUSE_S


def _key(ask: Ask) -> str:
    """Return the key of one limit for one identity; hashed, with lengths, so that no two identities can meet."""
    text = "".join(f"{len(part)}:{part}" for part in ask.who)
    return f"limit:{ask.name}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def _refusal(verdict: Verdict) -> RateLimited:
    return RateLimited(
        f"At most {verdict.quota} in {verdict.window_s} seconds. Wait {max(1, verdict.reset_s)} seconds.",
        retry_after_s=verdict.reset_s,
        headers={},
    )


def _headers(verdicts: Sequence[Verdict]) -> list[Header]:
    """Return the two header fields of draft-ietf-httpapi-ratelimit-headers."""
    policy = ", ".join(f'"{verdict.name}";q={verdict.quota};w={verdict.window_s}' for verdict in verdicts)
    state = ", ".join(f'"{verdict.name}";r={verdict.remaining};t={verdict.reset_s}' for verdict in verdicts)
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]
