"""From a wake-up to a finished job: claim, heartbeat, run, and the ledger's entry of how it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from app.db.away import database_away
from app.lib import telemetry
from app.lib.cpu import WorkCrashed, WorkTimedOut
from app.queue import ledger
from app.queue.declare import HEARTBEAT_S, LEASE_S, JobType, job_type
from app.queue.dispatch import Dispatcher
from app.queue.failing import delay_before_next, end_failed, reason_of, tell_owner
from app.queue.run import Claimed, Run
from app.resources import Resources
from app.vendors import Refused, VendorError

log = structlog.get_logger()
OUTAGE_PAUSE_S = 0.5
CLAIM_PATIENCE_S = 60.0
CLOSING_S = 5.0  # how long a shutdown waits for a database that is away


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
        claimed = await self._claim_patiently(job_id)
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

    async def _claim_patiently(self, job_id: UUID) -> Claimed | None:
        """Claim the job, waiting for a database that is away: a wake-up dropped for it would be missed for long."""
        clock = asyncio.get_running_loop().time
        patient_until = clock() + CLAIM_PATIENCE_S
        while True:
            try:
                return await self._claim(job_id)
            except Exception as error:
                if not database_away(error) or self._stopping or clock() > patient_until:
                    log.exception("job.claim_failed", job_id=str(job_id))
                    return None
                await asyncio.sleep(OUTAGE_PAUSE_S)

    async def _claim(self, job_id: UUID) -> Claimed | None:
        async with self._resources.transaction() as db:
            row = await ledger.claim(db, job_id, self._name)
            if row is None:
                return None
            tell_owner(db, row)
            structlog.contextvars.bind_contextvars(
                request_id=row.request_id, session_id=str(row.session_id) if row.session_id else None
            )
            return Claimed.of(row)

    async def _carry_out(self, claimed: Claimed) -> None:
        """Run the job's code under its heartbeat, then write down how it ended, whoever may cancel meanwhile."""
        kind = job_type(claimed.kind)
        heart = asyncio.create_task(self._beat(claimed, asyncio.current_task()))
        try:
            await self._work(claimed, kind)
            log.info("job.succeeded", attempt=claimed.attempts + 1)
            return
        except ledger.LeaseLost:
            log.info("job.lease_lost")
            return
        except NotYet as wait:
            entry = self._let_go(claimed, wait.delay)
        except asyncio.CancelledError:
            entry = self._let_go(claimed)
        except Exception as error:
            entry = self._interrupted(claimed, error) if database_away(error) else self._failed(claimed, kind, error)
        finally:
            heart.cancel()
        await _undisturbed(entry)

    async def _work(self, claimed: Claimed, kind: JobType) -> None:
        run = Run(claimed, self._resources, self._dispatcher)
        order = msgspec.convert(claimed.body, kind.order)
        async with asyncio.timeout(kind.time_limit.total_seconds()):
            await kind.work(run, order)
            if not run.completed:
                async with run.completion():
                    pass

    async def _beat(self, claimed: Claimed, work: "asyncio.Task[None] | None") -> None:
        """Renew the lease until the work ends; stop the work when the lease is lost or cannot be renewed in time."""
        clock = asyncio.get_running_loop().time
        renewed_at = clock()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                async with asyncio.timeout(HEARTBEAT_S), self._resources.transaction() as db:
                    ours = await ledger.beat(db, claimed.id, claimed.token)
                renewed_at = clock()
            except Exception as error:
                log.warning("job.heartbeat_failed", error=repr(error))
                ours = clock() - renewed_at < LEASE_S
            if not ours:
                if work is not None:
                    work.cancel("lease lost")
                return

    async def _interrupted(self, claimed: Claimed, error: Exception) -> None:
        """Put a job back that the database left alone: that is no failure of the work."""
        log.warning("job.interrupted", error=repr(error))
        await self._let_go(claimed, timedelta(seconds=OUTAGE_PAUSE_S))

    async def _let_go(self, claimed: Claimed, delay: timedelta = timedelta(0)) -> None:
        """Put an interrupted job back if it is still ours; it counts neither as an attempt nor as a crash."""

        async def write() -> None:
            async with self._resources.transaction() as db:
                row = await ledger.lock(db, claimed.id, claimed.token)
                ledger.give_back(row, delay)
            log.info("job.given_back", for_s=delay.total_seconds())

        await self._write_down(write)

    async def _failed(self, claimed: Claimed, kind: JobType, error: Exception) -> None:
        """Count the attempt; queue the next one, or end the job with a reason in words."""
        reason = reason_of(error)
        permanent = isinstance(error, Refused)
        if not isinstance(error, VendorError | TimeoutError | WorkTimedOut | WorkCrashed):
            telemetry.capture(error)
            log.error("job.error", exc_info=error)

        async def write() -> None:
            async with self._resources.transaction() as db:
                row = await ledger.lock(db, claimed.id, claimed.token)
                row.attempts += 1
                if permanent or row.attempts >= row.max_attempts:
                    await end_failed(self._resources, db, row, reason, dead_letter=not permanent)
                    return
                delay = delay_before_next(kind, row.attempts, error)
                row.error = reason
                ledger.give_back(row, delay)
                await db.flush()
                tell_owner(db, row)
            log.warning("job.retrying", reason=reason["code"], attempt=row.attempts, in_s=delay.total_seconds())

        await self._write_down(write)

    async def _write_down(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write how a run ended, waiting for a database that is away. After a lease's time the reaper has the job."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            try:
                await write()
            except ledger.LeaseLost:
                return
            except Exception as error:
                waited = clock() - began
                if not database_away(error) or waited > (CLOSING_S if self._stopping else LEASE_S):
                    log.exception("job.entry_failed")
                    return
                await asyncio.sleep(OUTAGE_PAUSE_S)
            else:
                return


async def _undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Wait for something to finish, whoever cancels the wait: nothing would be gained by leaving it half done."""
    task = asyncio.create_task(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
