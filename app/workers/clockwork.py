"""Things done at intervals, in the light worker's process: relay, reaper, clean-up.

They are plain loops rather than queued cron jobs, because they must go on while Redis is away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()


@dataclass(frozen=True)
class Chore:
    """Something done again and again; `do` returns how much it found to do."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[int]]


async def keep_doing(chore: Chore) -> None:
    """Do a chore at its interval for ever, at once again while it finds work; an error waits for the next round."""
    while True:
        try:
            async with asyncio.timeout(60):
                found = await chore.do()
            if found:
                log.info("chore.done", chore=chore.name, count=found)
        except (RedisError, OSError) as error:
            found = 0
            log.warning("chore.postponed", chore=chore.name, error=str(error) or repr(error))
        except Exception:
            found = 0
            log.exception("chore.failed", chore=chore.name)
        await asyncio.sleep(0.01 if found else chore.every.total_seconds())


def start_chores(chores: Sequence[Chore]) -> list["asyncio.Task[None]"]:
    """Start every chore; cancel the tasks to end them."""
    return [asyncio.create_task(keep_doing(chore), name=f"chore:{chore.name}") for chore in chores]
