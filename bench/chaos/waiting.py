"""Waiting for something in another process, and folders other users may pass through."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def until(holds: Callable[[], Awaitable[bool]], within_s: float, pause_s: float = 0.1) -> bool:
    """Return True as soon as something holds, False when the time is over. What cannot be asked does not hold yet."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if await holds():
                return True
        except AWAY:
            pass
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause_s)


def open_folder(path: Path) -> Path:
    """Make a folder that the servers of root, who run as somebody else, can get into."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return path
