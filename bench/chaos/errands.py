"""A job that takes a while and then leaves exactly one trace, and one that takes its process down.

Starts are noted at once, in a transaction of their own; effects only in the transaction that ends the job. Nothing
keeps the tables from holding an effect twice, so that they show it when it happens.
"""

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text

from app.queue.declare import job
from app.queue.messages import Event, Order, Queue
from app.queue.outbox import Outbox
from app.queue.run import Run

TABLES = """
CREATE TABLE IF NOT EXISTS chaos_orders (
  job_id uuid NOT NULL, ordered_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS chaos_starts (
  job_id uuid NOT NULL, token int NOT NULL, started_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS chaos_effects (
  job_id uuid NOT NULL, token int NOT NULL, done_at timestamptz NOT NULL DEFAULT clock_timestamp());
"""
NOTE_START = text("INSERT INTO chaos_starts (job_id, token) VALUES (:job_id, :token)")
NOTE_EFFECT = text("INSERT INTO chaos_effects (job_id, token) VALUES (:job_id, :token)")
NOTE_ORDER = text("INSERT INTO chaos_orders (job_id) VALUES (:job_id)")


class Errand(Order, frozen=True):
    """Take some seconds, then leave a trace."""

    kind: ClassVar[str] = "chaos.heavy"
    seconds: float


class LightErrand(Errand, frozen=True):
    """The same in the light worker."""

    kind: ClassVar[str] = "chaos.light"


class Poison(Errand, frozen=True):
    """Takes its process down."""

    kind: ClassVar[str] = "chaos.poison"


class ErrandDone(Event):
    """An errand left its trace."""

    name = "chaos:done"

    job_id: UUID


async def run_errand(run: Run, order: Errand) -> None:
    """Take some seconds, then leave a trace and tell of it."""
    names: dict[str, Any] = {"job_id": run.job.id, "token": run.token}
    async with run.resources.transaction() as db:
        await db.execute(NOTE_START, names)
    await asyncio.sleep(order.seconds)
    async with run.completion() as db:
        await db.execute(NOTE_EFFECT, names)
        if run.job.owner_id:
            Outbox(db).tell(run.job.owner_id, ErrandDone(session_id=None, job_id=run.job.id))


async def die(run: Run, order: Poison) -> None:
    """Take the worker down, as a crash in native code would."""
    async with run.resources.transaction() as db:
        await db.execute(NOTE_START, {"job_id": run.job.id, "token": run.token})
    os.kill(os.getpid(), signal.SIGKILL)


# One attempt: an outage that is counted against the work shows at once.
LIMIT = timedelta(seconds=120)
heavy_errand = job(Errand, Queue.RENDERS, attempts=1, time_limit=LIMIT, visible=False)(run_errand)
light_errand = job(LightErrand, Queue.NOTIFY, attempts=1, time_limit=LIMIT, visible=False)(run_errand)
poison = job(Poison, Queue.DOCUMENTS, attempts=1, time_limit=LIMIT, visible=False)(die)
ORDERS: dict[str, type[Errand]] = {"heavy": Errand, "light": LightErrand, "poison": Poison}
