"""`@job`: which code fulfils which order, where, how often and how long."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.queue.messages import HEAVY, Order, Queue
from app.resources import Resources

if TYPE_CHECKING:
    from app.queue.run import Run

Work = Callable[["Run", Any], Awaitable[None]]
Aftermath = Callable[[AsyncSession, Resources, Job], Awaitable[None]]

CRASH_LIMIT = 3
LEASE_S = 20
HEARTBEAT_S = 5
MAX_BACKOFF_S = 3_600.0


async def _nothing(db: AsyncSession, resources: Resources, job: Job) -> None:
    """Leave the domain rows as they are."""


@dataclass
class JobType:
    """One kind of job. `ended` and `requeued` keep the domain rows in step with the ledger, in its transaction."""

    kind: str
    order: type[Order]
    work: Work
    queue: Queue
    attempts: int
    time_limit: timedelta
    backoff: timedelta
    visible: bool
    ended: Aftermath = field(default=_nothing)  # the job failed for good or was cancelled
    requeued: Aftermath = field(default=_nothing)  # someone asked for a failed job again

    @property
    def heavy(self) -> bool:
        """Whether Dramatiq carries it; else SAQ does."""
        return self.queue in HEAVY

    def on_ended(self, aftermath: Aftermath) -> Aftermath:
        """Register what happens to the domain rows when the job failed for good or was cancelled."""
        self.ended = aftermath
        return aftermath

    def on_requeued(self, aftermath: Aftermath) -> Aftermath:
        """Register what happens to the domain rows when a failed job is asked for again."""
        self.requeued = aftermath
        return aftermath


JOB_TYPES: dict[str, JobType] = {}


def job(
    order: type[Order],
    queue: Queue,
    *,
    attempts: int = 3,
    time_limit: timedelta,
    backoff: timedelta = timedelta(seconds=2),
    visible: bool = True,
) -> Callable[[Work], JobType]:
    """Declare the code that fulfils an order. `visible` jobs show in their owner's list; chores do not."""

    def declare(work: Work) -> JobType:
        if order.kind in JOB_TYPES:
            raise ValueError(f"{order.kind} is declared twice")
        declared = JobType(order.kind, order, work, queue, attempts, time_limit, backoff, visible)
        JOB_TYPES[order.kind] = declared
        return declared

    return declare


def job_type(kind: str) -> JobType:
    """Return a declared kind. Raises LookupError when the process has not imported it (workers/registry.py)."""
    try:
        return JOB_TYPES[kind]
    except KeyError:
        raise LookupError(f"no job is declared for {kind!r}") from None
