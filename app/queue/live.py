"""Live streams: one Redis stream per user, read by every API process through one connection.

An event's id is `EPOCH-MILLIS-SEQ`. The epoch is a random name made when Redis is first used: an id whose epoch is not
the present one comes from a Redis that has been lost. An event that passed through the outbox is added at most once,
however often it is sent, because the same script that adds it remembers its outbox id.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.queue.outbox import Telling

KEEP_EVENTS = 1_000  # per user: enough for a phone that slept; past that the client is told to refetch
KEEP_S = 24 * 3600
REMEMBER_S = 3600  # how long a sent outbox id is remembered
EPOCH_KEY = "live:epoch"
HANG_UP = b""  # announced on a user's channel instead of an event

# KEYS: stream, epoch. ARGV: name, data, outbox id or '', keep events, keep s, remember s, new epoch, channel.
APPEND = """
if ARGV[3] ~= '' and not redis.call('SET', 'live:sent:' .. ARGV[3], '1', 'NX', 'EX', ARGV[6]) then return false end
redis.call('SET', KEYS[2], ARGV[7], 'NX')
local epoch = redis.call('GET', KEYS[2])
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'name', ARGV[1], 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[8], epoch .. '-' .. id .. '\\n' .. ARGV[1] .. '\\n' .. ARGV[2])
return id
"""


def stream_key(topic: str) -> str:
    """Return the Redis key of a user's stream."""
    return f"live:stream:{topic}"


def channel(topic: str) -> str:
    """Return the Redis channel on which a user's events are announced."""
    return f"live:now:{topic}"


class Streams:
    """Appends events to users' streams."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._append = redis.register_script(APPEND)
        self._encoder = msgspec.json.Encoder()

    async def append(self, tellings: Sequence[Telling]) -> None:
        """Add events in order, each with an outbox id at most once. Raises RedisError when Redis is away."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for telling in tellings:
                await self._append(keys=self._keys(telling), args=self._args(telling), client=pipe)
            await pipe.execute()

    async def hang_up(self, topic: str) -> None:
        """Make every process end a user's streams. Raises RedisError when Redis is away."""
        await self._redis.publish(channel(topic), HANG_UP)

    def _keys(self, telling: Telling) -> list[str]:
        return [stream_key(telling.topic), EPOCH_KEY]

    def _args(self, telling: Telling) -> list[Any]:
        return [
            telling.name,
            self._encoder.encode(telling.data),
            str(telling.outbox_id or ""),
            KEEP_EVENTS,
            KEEP_S,
            REMEMBER_S,
            secrets.token_hex(4),
            channel(telling.topic),
        ]
