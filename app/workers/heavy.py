"""The heavy worker: Dramatiq carries the wake-ups, one pool of threads a queue; the jobs run on this process's loop.

A Dramatiq thread only waits for its job's coroutine, so heartbeats, cancellation and vendor calls are all asyncio, and
a queue of slow renders never delays an upload: each queue has its own consumer and its own threads.
"""

import asyncio
from uuid import UUID

import dramatiq
from dramatiq import worker

from app.queue.brokers import ACTOR, heavy_broker
from app.queue.messages import HEAVY, Queue
from app.queue.perform import Performer
from app.resources import Resources
from app.settings import Settings
from app.workers import registry
from app.workers.process import WorkerProcess, run_worker, until_stopped, worker_process

JOBS = registry.ALL
SHUTDOWN_MS = 3_000
worker.CONSUMER_RESTART_DELAY_SECS = 0.5  # how soon a consumer asks again after it lost Redis; 3 s otherwise
CPU_LIBRARIES = ("app.domain.assets.pictures", "app.vendors.images.embedded.restyle")


def run_heavy(settings: Settings, queues: tuple[Queue, ...] = HEAVY) -> None:
    """Work on the given queues until told to stop."""

    async def main() -> None:
        async with worker_process(settings, "heavy") as process:
            pools = await asyncio.to_thread(_start_pools, process, queues, asyncio.get_running_loop())
            warming = asyncio.create_task(_warm(process.resources))
            await until_stopped()
            warming.cancel()
            await process.performer.give_all_back()
            await asyncio.gather(*(asyncio.to_thread(pool.stop, SHUTDOWN_MS) for pool in pools))

    run_worker(main)


async def _warm(resources: Resources) -> None:
    """Start the child processes, so that the first upload and the first render do not wait for their libraries."""
    await resources.upload_cpu.warm(CPU_LIBRARIES[:1])
    await resources.cpu.warm(CPU_LIBRARIES)


def _start_pools(
    process: WorkerProcess, queues: tuple[Queue, ...], loop: asyncio.AbstractEventLoop
) -> list[worker.Worker]:
    return [_start_pool(process, queue, loop) for queue in queues]


def _start_pool(process: WorkerProcess, queue: Queue, loop: asyncio.AbstractEventLoop) -> worker.Worker:
    """Start one queue's consumer and threads, on a broker of its own."""
    broker = heavy_broker(process.resources.settings.redis_url)
    performer: Performer = process.performer

    def run(job_id: str) -> None:
        asyncio.run_coroutine_threadsafe(performer.perform(UUID(job_id)), loop).result()

    dramatiq.Actor(run, broker=broker, actor_name=f"{ACTOR}_{queue}", queue_name=str(queue), priority=0, options={})
    pool = worker.Worker(broker, queues={queue}, worker_threads=process.resources.settings.heavy_concurrency)
    pool.queue_prefetch = pool.worker_threads  # a busy process must not sit on messages another could start
    pool.start()
    return pool
