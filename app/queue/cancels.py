"""Telling the worker that a job is no longer its: at once through Redis, and by its next heartbeat without it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.lib.pubsub import follow

CHANNEL = "jobs:cancelled"


async def announce(redis: Redis, job_ids: Sequence[UUID]) -> None:
    """Tell every worker that these jobs are cancelled. Redis away: the next heartbeat finds out."""
    with suppress(RedisError, OSError):
        for job_id in job_ids:
            await redis.publish(CHANNEL, str(job_id))


async def listen(redis: Redis, on_cancel: Callable[[UUID], None]) -> None:
    """Call `on_cancel` for every job announced, for ever."""
    await follow(redis, CHANNEL, lambda job_id: on_cancel(UUID(job_id)))
