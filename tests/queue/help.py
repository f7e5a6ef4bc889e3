"""Kinds of jobs that do as their order says, and a workshop in which any job can be put through its life."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job, Notification, OutboxEvent, User
from app.lib.ids import new_id
from app.queue import ledger
from app.queue.declare import job
from app.queue.dispatch import Dispatcher
from app.queue.messages import Order, Queue
from app.queue.outbox import Outbox
from app.queue.perform import NotYet, Performer
from app.queue.run import Claimed, Run
from app.resources import Resources
from app.vendors import Refused, Unavailable
from app.workers import registry
from tests.factories import make_user

JOBS = registry.ALL
LINK = "/effect"


class Deed(Order, frozen=True):
    """Leave one line in the owner's inbox, or end another way."""

    kind: ClassVar[str] = "test.deed"
    ends: str = "well"
    after_s: float = 0


class Chore(Deed, frozen=True):
    """The same, unseen."""

    kind: ClassVar[str] = "test.chore"


class Slow(Deed, frozen=True):
    """The same, with all the time it wants."""

    kind: ClassVar[str] = "test.slow"
    after_s: float = 20


class Watch:
    """Tokens of the deeds that started and of those that were interrupted."""

    started: ClassVar[list[int]] = []
    interrupted: ClassVar[list[int]] = []


class Aftermath:
    """What the deed's aftermaths were called with."""

    ended: ClassVar[list[tuple[UUID, str]]] = []
    requeued: ClassVar[list[UUID]] = []


async def do(run: Run, order: Deed) -> None:
    """Do as ordered."""
    Watch.started.append(run.token)
    try:
        await asyncio.sleep(order.after_s)
    except asyncio.CancelledError:
        Watch.interrupted.append(run.token)
        raise
    if order.ends == "refused":
        raise Refused("The vendor will not.", code="no")
    if order.ends == "busy":
        raise Unavailable("The vendor is busy.", code="busy", retry_after_s=90)
    if order.ends == "not-yet":
        raise NotYet(timedelta(seconds=5))
    if order.ends == "bug":
        raise RuntimeError("a bug of ours, with words nobody should see")
    async with run.completion({"token": run.token}) as db:
        assert run.job.owner_id is not None
        line = Notification(
            id=new_id(), user_id=run.job.owner_id, type="render_complete", title="Done", message="", link=LINK
        )
        db.add(line)


LIMIT, LONG = timedelta(seconds=1), timedelta(seconds=60)
do_deed = job(Deed, Queue.UPKEEP, time_limit=LIMIT)(do)
do_chore = job(Chore, Queue.UPKEEP, time_limit=LIMIT, visible=False)(do)
do_slowly = job(Slow, Queue.UPKEEP, time_limit=LONG)(do)


@do_deed.on_ended
async def _ended(db: AsyncSession, resources: Resources, job: Job) -> None:
    Aftermath.ended.append((job.id, job.status))


@do_deed.on_requeued
async def _requeued(db: AsyncSession, resources: Resources, job: Job) -> None:
    Aftermath.requeued.append(job.id)


class Workshop:
    """Everything a worker process has, without the process."""

    def __init__(self, resources: Resources, dispatcher: Dispatcher) -> None:
        self.resources = replace(resources, send=self.sent.extend)
        self.dispatcher = dispatcher
        Aftermath.ended.clear()
        Aftermath.requeued.clear()
        Watch.started.clear()
        Watch.interrupted.clear()

    sent: ClassVar[list[Any]] = []

    async def close(self) -> None:
        """Let go of the dispatcher."""
        await self.dispatcher.stop()

    def performer(self, name: str = "one", resources: Resources | None = None) -> Performer:
        """Return a performer; several stand for several workers."""
        return Performer(resources or self.resources, self.dispatcher, name)

    async def owner(self) -> UUID:
        """Make a registered user."""
        async with self.resources.transaction() as db:
            return (await make_user(db)).id

    async def order(self, order: Order, owner_id: UUID | None = None) -> UUID:
        """Order a job, as a request would; nobody is woken."""
        owner_id = owner_id or await self.owner()
        async with self.resources.transaction() as db:
            return Outbox(db).order(order, owner_id)

    async def claim(self, job_id: UUID, worker: str = "by hand") -> Run | None:
        """Start a job by hand: the run is given, and nobody's heart beats for it."""
        async with self.resources.transaction() as db:
            row = await ledger.claim(db, job_id, worker)
        if row is None:
            return None
        claimed = Claimed.of(row)
        return Run(claimed, self.resources, self.dispatcher)

    async def job(self, job_id: UUID) -> Job:
        """Return a job's row as it is now."""
        async with self.resources.sessions() as db:
            return await db.get_one(Job, job_id)

    async def expire(self, job_id: UUID) -> None:
        """Let a job's lease run out."""
        await self.change(job_id, lease_until=func.now() - timedelta(seconds=1))

    async def make_due(self, job_id: UUID) -> None:
        """Let a job's waiting time be over."""
        await self.change(job_id, run_after=func.now(), wake_at=func.now())

    async def change(self, job_id: UUID, **values: Any) -> None:
        """Change a job's row behind everybody's back."""
        async with self.resources.transaction() as db:
            await db.execute(update(Job).where(Job.id == job_id).values(**values))

    async def effects(self) -> int:
        """Return how many deeds took effect."""
        async with self.resources.sessions() as db:
            found = await db.scalar(select(func.count()).select_from(Notification).where(Notification.link == LINK))
            return found or 0

    async def events(self, name: str = "job:updated") -> Sequence[OutboxEvent]:
        """Return what was told and not yet sent."""
        async with self.resources.sessions() as db:
            statement = select(OutboxEvent).where(OutboxEvent.name == name).order_by(OutboxEvent.id)
            return (await db.scalars(statement)).all()

    async def user(self, user_id: UUID) -> User:
        """Return a user's row."""
        async with self.resources.sessions() as db:
            return await db.get_one(User, user_id)


async def until(holds: Any, within_s: float = 5.0) -> None:
    """Wait until a condition holds, given as a function or coroutine function. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)
