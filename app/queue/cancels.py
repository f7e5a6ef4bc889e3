"""Telling the worker that a job is no longer its: at once through Redis, and by its next heartbeat without it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "jobs:cancelled"


async def announce(redis: Redis, job_ids: Sequence[UUID]) -> None:
    """Tell every worker that these jobs are cancelled. Redis away: the next heartbeat finds out."""
    with suppress(RedisError, OSError):
        for job_id in job_ids:
            await redis.publish(CHANNEL, str(job_id))


async def listen(redis: Redis, on_cancel: Callable[[UUID], None]) -> None:
    """Call `on_cancel` for every job announced, for ever."""
    while True:
        with suppress(RedisError, OSError, TimeoutError, ValueError):
            async with redis.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                while True:
                    message: dict[str, Any] | None = await channel.get_message(
                        ignore_subscribe_messages=True, timeout=4
                    )
                    if message is not None:
                        on_cancel(UUID(message["data"].decode()))
        await asyncio.sleep(1)
