"""The light worker: SAQ carries the wake-ups, all on one loop; beside them run the relay, the reaper and clean-up."""

import asyncio
import signal
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from saq.worker import Worker

from app.queue.brokers import light_queues
from app.queue.messages import Queue
from app.resources import open_redis
from app.settings import Settings
from app.workers import registry
from app.workers.cleanup import clean_up, sweep_files
from app.workers.clockwork import Chore, start_chores
from app.workers.process import WorkerProcess, run_worker, until_stopped, worker_process
from app.workers.reaper import reap
from app.workers.relay import relay_events, relay_jobs

JOBS = registry.ALL


def run_light(settings: Settings) -> None:
    """Work on the light queues and keep the ledger moving until told to stop."""

    async def main() -> None:
        async with worker_process(settings, "light") as process:
            waiting = open_redis(settings.redis_url, connections=64)  # idle consumers hold theirs while they wait
            workers = [_worker(process, queue) for queue in light_queues(waiting).values()]
            running = [asyncio.create_task(worker.start()) for worker in workers]
            chores = start_chores(_chores(process))
            await until_stopped()
            for chore in chores:
                chore.cancel()
            await process.performer.give_all_back()
            await asyncio.gather(*(worker.stop() for worker in workers), return_exceptions=True)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, *chores, return_exceptions=True)
            await waiting.aclose()

    run_worker(main)


class Consumer(Worker[Any]):
    """A SAQ worker that leaves signals to the process it lives in."""

    SIGNALS: ClassVar[list[signal.Signals]] = []


def _worker(process: WorkerProcess, queue: Any) -> Consumer:
    async def run(ctx: Any, *, job_id: str) -> None:
        await process.performer.perform(UUID(job_id))

    return Consumer(
        queue,
        functions=[("run", run)],
        concurrency=process.resources.settings.light_concurrency if queue.name == Queue.CHAT else 5,
        dequeue_timeout=4,  # below the client's own time limit for an answer
        shutdown_grace_period_s=None,  # by then every job has been given back
        cancellation_hard_deadline_s=1,
        timers={"sweep": 30, "worker_info": 30, "schedule": 30, "abort": 30},
    )


def _chores(process: WorkerProcess) -> list[Chore]:
    resources, dispatcher = process.resources, process.dispatcher
    return [
        Chore("relay_jobs", timedelta(seconds=0.5), lambda: relay_jobs(resources, dispatcher)),
        Chore("relay_events", timedelta(seconds=0.5), lambda: relay_events(resources, dispatcher)),
        Chore("reap", timedelta(seconds=2), lambda: reap(resources)),
        Chore("clean_up", timedelta(minutes=5), lambda: clean_up(resources)),
        Chore("sweep_files", timedelta(hours=6), lambda: sweep_files(resources)),
    ]
