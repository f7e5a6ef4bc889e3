"""Following a Redis channel for ever, through lost connections."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

SILENCE_S = 4.0
AGAIN_S = 1.0


async def follow(
    redis: Redis, channel: str, on_message: Callable[[str], None], on_connected: Callable[[], None] = lambda: None
) -> None:
    """Call `on_message` for every message; `on_connected` says that earlier ones may have been missed."""
    while True:
        with suppress(RedisError, OSError, TimeoutError):
            async with redis.pubsub() as subscription:
                await subscription.subscribe(channel)
                on_connected()
                while True:
                    message: Any = await subscription.get_message(ignore_subscribe_messages=True, timeout=SILENCE_S)
                    if message is not None:
                        on_message(message["data"].decode())
        await asyncio.sleep(AGAIN_S)
