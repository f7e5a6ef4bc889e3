"""Ends background tasks for certain."""

import asyncio

AGAIN_S = 0.1


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks until they have ended.

    Once is not enough: redis-py loses a cancellation that comes while it connects or subscribes, and goes on.
    """
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=AGAIN_S)
