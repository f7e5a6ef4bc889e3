"""What a job's code is given: its order, short fenced transactions, progress, and CPU work that can be killed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.queue import ledger
from app.queue.declare import job_type
from app.queue.dispatch import Dispatcher
from app.queue.failing import tell_owner
from app.queue.messages import Event, Queue
from app.resources import Resources

T = TypeVar("T")


class Claimed(msgspec.Struct, frozen=True):
    """A started job, as plain values: its row belongs to a transaction that is over."""

    id: UUID
    kind: str
    body: dict[str, Any]
    token: int
    owner_id: UUID | None
    session_id: UUID | None
    attempts: int
    max_attempts: int

    @classmethod
    def of(cls, row: Job) -> "Claimed":
        """Return the values of a row that was just claimed."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class Run:
    """One start of one job. Everything it writes is written only while its token is the job's current one."""

    def __init__(self, claimed: Claimed, resources: Resources, dispatcher: Dispatcher) -> None:
        self.job = claimed
        self.resources = resources
        self.completed = False
        self._dispatcher = dispatcher

    @property
    def token(self) -> int:
        """The number of this start, unique for the job: good in names of files that only the winner's row will name."""
        return self.job.token

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """Yield a session while the job is ours; commits at the end. Raises ledger.LeaseLost."""
        async with self.resources.transaction() as db:
            await ledger.lock(db, self.job.id, self.token)
            yield db

    @asynccontextmanager
    async def completion(self, result: dict[str, Any] | None = None) -> AsyncGenerator[AsyncSession]:
        """Yield a session for the job's effects: they and its success commit together, or neither does."""
        async with self.resources.transaction() as db:
            row = await ledger.lock(db, self.job.id, self.token)
            yield db
            ledger.succeed(row, result)
            await db.flush()
            tell_owner(db, row)
        self.completed = True

    async def progress(self, percent: int, stage: str, event: Event | None = None) -> None:
        """Record and report how far the run has come. Raises ledger.LeaseLost."""
        async with self.resources.transaction() as db:
            await ledger.progress(db, self.job.id, self.token, percent, stage)
        if event is not None and self.job.owner_id is not None:
            self._dispatcher.report(str(self.job.owner_id), event)

    def report(self, event: Event) -> None:
        """Report something on the owner's stream that nothing needs to remember."""
        if self.job.owner_id is not None:
            self._dispatcher.report(str(self.job.owner_id), event)

    async def cpu(self, work: Callable[..., T], *args: Any, limit_s: float = 60) -> T:
        """Run CPU work in a child process, killed at the limit or when the run is cancelled."""
        uploads = job_type(self.job.kind).queue is Queue.IMAGES
        pool = self.resources.upload_cpu if uploads else self.resources.cpu
        return await pool.run(work, *args, limit_s=limit_s)
