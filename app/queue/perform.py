"""From a wake-up to a finished job: claim, heartbeat, run, and the ledger's entry of how it ended."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.lib import telemetry
from app.lib.cpu import WorkCrashed, WorkTimedOut
from app.queue import ledger
from app.queue.declare import HEARTBEAT_S, LEASE_S, MAX_BACKOFF_S, JobType, job_type
from app.queue.dispatch import Dispatcher
from app.queue.outbox import Outbox
from app.queue.run import Claimed, Run
from app.queue.views import JobUpdated, job_view
from app.resources import Resources
from app.vendors import Refused, Unavailable, VendorError

log = structlog.get_logger()


class NotYet(Exception):
    """Raised by a job that has to wait for something: it is put back for a while, which counts as nothing."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"in {delay.total_seconds():g} s")
        self.delay = delay


class Performer:
    """Runs jobs of one worker process and knows which are under way, so that they can be cancelled or given back."""

    def __init__(self, resources: Resources, dispatcher: Dispatcher, name: str) -> None:
        self._resources = resources
        self._dispatcher = dispatcher
        self._name = name
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._stopping = False

    @property
    def under_way(self) -> int:
        """How many jobs are running here."""
        return len(self._under_way)

    async def perform(self, job_id: UUID) -> None:
        """Do the job if it is waiting; a stale wake-up does nothing. Never raises for what the job itself does."""
        if self._stopping or job_id in self._under_way:
            return
        try:
            claimed = await self._claim(job_id)
        except Exception as error:  # the database is away: the relay wakes somebody again
            log.warning("job.claim_failed", job_id=str(job_id), error=repr(error))
            return
        if claimed is None:
            return
        structlog.contextvars.bind_contextvars(job_id=str(claimed.id), kind=claimed.kind)
        task = asyncio.create_task(self._carry_out(claimed))
        self._under_way[job_id] = task
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        finally:
            self._under_way.pop(job_id, None)

    def cancel(self, job_id: UUID) -> None:
        """Stop working on a job that is no longer ours; closing its vendor's connection ends the vendor's work."""
        if task := self._under_way.get(job_id):
            task.cancel("cancelled")

    async def give_all_back(self) -> None:
        """Stop every job and put it back into its queue: a shutdown is nobody's failure."""
        self._stopping = True
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel("shutdown")
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim(self, job_id: UUID) -> Claimed | None:
        async with self._resources.transaction() as db:
            row = await ledger.claim(db, job_id, self._name)
            if row is None:
                return None
            if job_type(row.kind).visible and row.owner_id:
                Outbox(db).tell(row.owner_id, JobUpdated(session_id=row.session_id, job=job_view(row)))
            structlog.contextvars.bind_contextvars(
                request_id=row.request_id, session_id=str(row.session_id) if row.session_id else None
            )
            return Claimed(row.id, row.kind, row.token, row.owner_id, row.session_id, row.attempts, row.max_attempts)

    async def _carry_out(self, claimed: Claimed) -> None:
        """Run the job's code under its heartbeat, then write down how it ended."""
        run = Run(claimed, self._resources, self._dispatcher)
        kind = job_type(claimed.kind)
        heart = asyncio.create_task(self._beat(claimed, asyncio.current_task()))
        try:
            order = await self._order(claimed, kind)
            async with asyncio.timeout(kind.time_limit.total_seconds()):
                await kind.work(run, order)
            if not run.completed:
                async with run.completion():
                    pass
            log.info("job.succeeded", attempt=claimed.attempts + 1)
        except ledger.LeaseLost:
            log.info("job.lease_lost")
        except NotYet as wait:
            await self._let_go(claimed, wait.delay)
        except asyncio.CancelledError:
            await asyncio.shield(self._let_go(claimed))
        except Exception as error:
            await self._record_failure(claimed, kind, error)
        finally:
            heart.cancel()

    async def _order(self, claimed: Claimed, kind: JobType) -> msgspec.Struct:
        async with self._resources.sessions() as db:
            row = await db.get_one(Job, claimed.id)
            return msgspec.convert(row.body, kind.order)

    async def _beat(self, claimed: Claimed, work: "asyncio.Task[None] | None") -> None:
        """Renew the lease until the work ends; stop the work when the lease is lost or cannot be renewed in time."""
        clock = asyncio.get_running_loop().time
        renewed_at = clock()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                async with self._resources.transaction() as db:
                    ours = await ledger.beat(db, claimed.id, claimed.token)
                renewed_at = clock()
            except Exception as error:
                log.warning("job.heartbeat_failed", error=repr(error))
                ours = clock() - renewed_at < LEASE_S
            if not ours:
                if work is not None:
                    work.cancel("lease lost")
                return

    async def _let_go(self, claimed: Claimed, delay: timedelta = timedelta(0)) -> None:
        """Put an interrupted job back if it is still ours; it counts neither as an attempt nor as a crash."""
        with suppress(ledger.LeaseLost):
            async with self._resources.transaction() as db:
                ledger.give_back(await ledger.lock(db, claimed.id, claimed.token), delay)
            log.info("job.given_back", for_s=delay.total_seconds())

    async def _record_failure(self, claimed: Claimed, kind: JobType, error: Exception) -> None:
        """Count the attempt; queue the next one, or end the job with a reason in words."""
        reason = reason_of(error)
        permanent = isinstance(error, Refused)
        if not isinstance(error, VendorError | TimeoutError | WorkTimedOut | WorkCrashed):
            telemetry.capture(error)
            log.error("job.error", exc_info=error)
        with suppress(ledger.LeaseLost):
            async with self._resources.transaction() as db:
                row = await ledger.lock(db, claimed.id, claimed.token)
                row.attempts += 1
                exhausted = row.attempts >= row.max_attempts
                if permanent or exhausted:
                    await end_failed(self._resources, db, row, reason, dead_letter=not permanent)
                else:
                    delay = delay_before_next(kind, row.attempts, error)
                    row.error = reason
                    ledger.give_back(row, delay)
                    log.warning("job.retrying", reason=reason["code"], attempt=row.attempts, in_s=delay.total_seconds())


async def end_failed(
    resources: Resources, db: AsyncSession, row: Job, reason: dict[str, str], *, dead_letter: bool
) -> None:
    """End a locked job as failed, with the domain rows it leaves behind and the word to its owner."""
    kind = job_type(row.kind)
    ledger.fail(row, reason, dead_letter=dead_letter)
    await db.flush()
    await kind.ended(db, resources, row)
    if kind.visible and row.owner_id:
        Outbox(db).tell(row.owner_id, JobUpdated(session_id=row.session_id, job=job_view(row)))
    log.warning("job.failed", job_id=str(row.id), kind=row.kind, reason=reason["code"], dead_letter=dead_letter)


def reason_of(error: Exception) -> dict[str, str]:
    """Return what is told of a failure: a stable code and words for a homeowner."""
    if isinstance(error, VendorError):
        return {"code": error.code, "message": error.reason}
    if isinstance(error, TimeoutError | WorkTimedOut):
        return {"code": "time-limit", "message": "This took longer than it may. Please try again."}
    if isinstance(error, WorkCrashed):
        return {"code": "work-crashed", "message": "This could not be worked on: it needs more memory than it may use."}
    return {"code": "internal-error", "message": "Something went wrong on our side. Please try again."}


def delay_before_next(kind: JobType, attempts: int, error: Exception) -> timedelta:
    """Return the wait before the next attempt: exponential with jitter, at least what the vendor asked for."""
    wait = kind.backoff.total_seconds() * 2 ** (attempts - 1) * random.uniform(1, 1.5)  # noqa: S311 - jitter
    if isinstance(error, Unavailable) and error.retry_after_s:
        wait = max(wait, error.retry_after_s)
    return timedelta(seconds=min(wait, MAX_BACKOFF_S))
