"""Starts and stops an application for a fixture."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.asgi import Api


@asynccontextmanager
async def running(api: Api) -> AsyncGenerator[Api]:
    """Yield the application between its start-up and its shutdown.

    Both happen in one task of their own: a fixture's set-up and tear-down are two tasks, which Litestar refuses.
    """
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        try:
            async with api.app.lifespan():
                started.set()
                await stop.wait()
        finally:
            started.set()

    task = asyncio.create_task(live())
    await started.wait()
    if task.done():
        await task
    try:
        yield api
    finally:
        stop.set()
        await task
