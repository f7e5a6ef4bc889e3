"""What both worker processes share: start, report that they live, stop when asked, leave nothing behind."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.lib.logs import configure_logs
from app.queue import cancels
from app.queue.dispatch import Dispatcher
from app.queue.perform import Performer
from app.resources import Resources, open_resources
from app.settings import Settings
from app.vendors.crashes import start_sentry

log = structlog.get_logger()
REPORT_EVERY_S = 2
REPORT_KEPT_S = 8


@dataclass(frozen=True)
class WorkerProcess:
    """A worker that is open: what it holds, and what runs its jobs."""

    resources: Resources
    dispatcher: Dispatcher
    performer: Performer


@asynccontextmanager
async def worker_process(settings: Settings, kind: str) -> AsyncGenerator[WorkerProcess]:
    """Yield an open worker that reports itself and hears of cancelled jobs; gives its jobs back at the end."""
    configure_logs(settings.log_level, kind)
    start_sentry(settings.sentry_dsn, process=kind, environment=settings.app_env, release="")
    name = f"{kind}:{socket.gethostname()}:{os.getpid()}"
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(open_resources(settings))
        dispatcher = Dispatcher(plain)
        resources = replace(plain, send=dispatcher.put)
        await dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        performer = Performer(resources, dispatcher, name)
        stack.push_async_callback(performer.give_all_back)
        for task in (
            asyncio.create_task(cancels.listen(resources.redis, performer.cancel)),
            asyncio.create_task(_report(resources.redis, kind, name)),
        ):
            stack.push_async_callback(_end, task)
        yield WorkerProcess(resources, dispatcher, performer)


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    log.info("worker.stopping")


def run_worker(main: Callable[[], Awaitable[None]], grace_s: float = 10) -> None:
    """Run a worker to its end; a part that will not stop is left behind when the grace is over."""

    async def bounded() -> None:
        await main()
        asyncio.get_running_loop().call_later(grace_s, os._exit, 0)

    with suppress(KeyboardInterrupt):
        asyncio.run(bounded())


async def _report(redis: Redis, kind: str, name: str) -> None:
    """Keep this worker's sign of life in Redis, where readiness counts it."""
    while True:
        with suppress(RedisError, OSError):
            await redis.set(f"workers:{kind}:{name}", "1", ex=REPORT_KEPT_S)
        await asyncio.sleep(REPORT_EVERY_S)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
