"""Jobs: how long from order to start when the workers are idle, how many a second, and what idling costs."""

import asyncio
import time
from dataclasses import replace
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.models import Job
from app.queue.dispatch import Dispatcher
from app.queue.outbox import Outbox
from app.resources import Resources, open_resources
from bench.chaos.errands import TABLES, Errand, LightErrand
from bench.report import Table
from bench.stack import Stack

IDLE_S = 10
SINGLES = 40
PAUSE_S = 0.35
MANY = 500


async def measure_jobs(stack: Stack, seconds: float) -> Table:
    """Return pick-up latency, throughput and idle cost of both workers."""
    for kind in ("heavy", "light"):
        await stack.start(kind, "-m", "bench.chaos.worker", kind)
    table = Table("Jobs", ["worker", "what", "figure"])
    async with open_resources(stack.settings) as plain:
        dispatcher = Dispatcher(plain)
        await dispatcher.start()
        resources = replace(plain, send=dispatcher.put)
        async with plain.sessions() as db:
            for statement in TABLES.strip().split(";\n"):
                await (await db.connection()).exec_driver_sql(statement)
            await db.commit()
        orders: dict[str, Any] = {"heavy": Errand(seconds=0.0), "light": LightErrand(seconds=0.0)}
        for kind, order in orders.items():
            await _finish(resources, [await _order(resources, stack, order)])  # once, so that everything is loaded
            await _idle(stack, table, kind)
            await _singles(stack, resources, table, kind, order)
            await _many(stack, resources, table, kind, order)
        await dispatcher.stop()
    for kind in orders:
        await stack.stop(kind)
    return table


async def _idle(stack: Stack, table: Table, kind: str) -> None:
    before = stack.cpu_s(kind)
    await asyncio.sleep(IDLE_S)
    share = (stack.cpu_s(kind) - before) / IDLE_S * 100
    table.add(kind, "idle", f"{share:.1f} % of a core, {stack.rss_mb(kind):.0f} MB")


async def _singles(stack: Stack, resources: Resources, table: Table, kind: str, order: Any) -> None:
    """Order one job at a time with pauses, so that each meets an idle worker."""
    job_ids: list[UUID] = []
    for _ in range(SINGLES):
        job_ids.append(await _order(resources, stack, order))
        await asyncio.sleep(PAUSE_S)
    rows = await _finish(resources, job_ids)
    waits = sorted((row.started_at - row.created_at).total_seconds() * 1000 for row in rows if row.started_at)
    p95 = waits[int(len(waits) * 0.95)]
    table.add(kind, "order to start, idle", f"p50 {median(waits):.1f} ms, p95 {p95:.1f} ms, max {waits[-1]:.1f} ms")


async def _many(stack: Stack, resources: Resources, table: Table, kind: str, order: Any) -> None:
    began = time.perf_counter()
    job_ids = [await _order(resources, stack, order) for _ in range(MANY)]
    await _finish(resources, job_ids)
    rate = MANY / (time.perf_counter() - began)
    table.add(kind, f"{MANY} empty jobs, ordered one by one", f"{rate:.0f} per s, done and recorded")


async def _order(resources: Resources, stack: Stack, order: Any) -> UUID:
    async with resources.transaction() as db:
        return Outbox(db).order(order, UUID(stack.user_id))


async def _finish(resources: Resources, job_ids: list[UUID]) -> list[Job]:
    """Wait until all are done and return their rows."""
    for _ in range(3_000):
        async with resources.sessions() as db:
            rows = list(await db.scalars(select(Job).where(Job.id.in_(job_ids), Job.status == "succeeded")))
        if len(rows) == len(job_ids):
            return rows
        await asyncio.sleep(0.02)
    raise RuntimeError("the jobs did not finish")
