"""Every order of what can happen to a job, tried at random against a model of what must come of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.db.engine import open_engine
from app.db.models import Job
from app.lib.ids import new_id
from app.queue import ledger
from app.queue.declare import CRASH_LIMIT
from app.settings import Settings

T = TypeVar("T")
TERMINAL = {"succeeded", "failed", "cancelled"}
MAX_ATTEMPTS = 3
REASON = {"code": "no", "message": "It did not work."}


class Ledger(RuleBasedStateMachine):
    """One job, many workers, of which some are dead and do not know it yet."""

    runner: ClassVar[asyncio.Runner]
    engine: ClassVar[AsyncEngine]

    def __init__(self) -> None:
        super().__init__()
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.id: UUID = new_id()
        self.holders: list[int] = []  # every token ever given out
        self.holder: int | None = None  # the one that may write
        self.status = "queued"
        self.effects = self.attempts = self.crashes = 0
        self.last_token = 0
        self.due = True
        job = Job(id=self.id, kind="test.model", queue="upkeep", body={}, max_attempts=MAX_ATTEMPTS)
        self.run(lambda db: add(db, job))

    def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Do something in a transaction of its own."""

        async def transaction() -> T:
            async with self.sessions() as db:
                result = await work(db)
                await db.commit()
                return result

        return self.runner.run(transaction())

    def write(self, token: int, change: Callable[[Job], None]) -> bool:
        """Change the row on behalf of a token; False when the ledger does not let it."""

        async def locked(db: AsyncSession) -> bool:
            try:
                change(await ledger.lock(db, self.id, token))
            except ledger.LeaseLost:
                return False
            return True

        return self.run(locked)

    def row(self) -> Job:
        return self.run(lambda db: db.get_one(Job, self.id))

    def move(self, **values: Any) -> None:
        self.run(lambda db: db.execute(update(Job).where(Job.id == self.id).values(**values)))

    @rule(hints=st.integers(1, 3))
    def wake(self, hints: int) -> None:
        """One wake-up, or several at once."""

        async def one() -> Job | None:
            async with self.sessions() as db:
                row = await ledger.claim(db, self.id, "somebody")
                await db.commit()
                return row

        async def all_at_once() -> list[Job | None]:
            return await asyncio.gather(*(one() for _ in range(hints)))

        started = [row for row in self.runner.run(all_at_once()) if row is not None]
        assert len(started) == (1 if self.status == "queued" and self.due else 0)
        for row in started:
            assert row.token > self.last_token
            self.holders.append(row.token)
            self.holder, self.status = row.token, "running"

    @precondition(lambda self: self.holders)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.holders))
        assert self.run(lambda db: ledger.beat(db, self.id, token)) == (token == self.holder)

    @precondition(lambda self: self.holders)
    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.holders))
        try:
            self.run(lambda db: ledger.progress(db, self.id, token, 50, "half-way"))
        except ledger.LeaseLost:
            assert token != self.holder
        else:
            assert token == self.holder

    @precondition(lambda self: self.holders)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Whoever finishes with a token that has moved on has no effect."""
        token = data.draw(st.sampled_from(self.holders))
        wrote = self.write(token, lambda job: ledger.succeed(job, {"by": token}))
        assert wrote == (token == self.holder)
        if wrote:
            self.effects += 1
            self.holder, self.status = None, "succeeded"

    @precondition(lambda self: self.holders)
    @rule(data=st.data(), permanent=st.booleans())
    def fail(self, data: st.DataObject, permanent: bool) -> None:
        token = data.draw(st.sampled_from(self.holders))

        def change(job: Job) -> None:
            job.attempts += 1
            if permanent or job.attempts >= job.max_attempts:
                ledger.fail(job, REASON, dead_letter=not permanent)
            else:
                ledger.give_back(job, timedelta(seconds=60))

        wrote = self.write(token, change)
        assert wrote == (token == self.holder)
        if wrote:
            self.attempts += 1
            over = permanent or self.attempts == MAX_ATTEMPTS
            self.holder, self.status, self.due = None, "failed" if over else "queued", over

    @precondition(lambda self: self.holders)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.holders))
        wrote = self.write(token, ledger.give_back)
        assert wrote == (token == self.holder)
        if wrote:
            self.holder, self.status, self.due = None, "queued", True

    @precondition(lambda self: self.status == "running")
    @rule()
    def crash(self) -> None:
        """The lease runs out, and the reaper comes by; the old holder may still be alive somewhere."""
        self.move(lease_until=func.now() - timedelta(seconds=1))

        async def reap(db: AsyncSession) -> None:
            [job] = [job for job in await ledger.expired(db, 1_000) if job.id == self.id]
            job.crashes += 1
            if ledger.crashed_too_often(job):
                ledger.fail(job, REASON, dead_letter=True)
            else:
                ledger.give_back(job)

        self.run(reap)
        self.crashes += 1
        over = self.crashes == CRASH_LIMIT
        self.holder, self.status, self.due = None, "failed" if over else "queued", True

    @rule()
    def time_passes(self) -> None:
        self.move(run_after=func.now())
        self.due = True

    @rule()
    def cancel(self) -> None:
        async def end(db: AsyncSession) -> None:
            job = await db.get_one(Job, self.id, with_for_update=True)
            if job.status not in TERMINAL:
                ledger.cancel(job)

        self.run(end)
        if self.status not in TERMINAL:
            self.holder, self.status = None, "cancelled"

    @precondition(lambda self: self.status == "failed")
    @rule()
    def ask_again(self) -> None:
        async def again(db: AsyncSession) -> None:
            ledger.ask_again(await db.get_one(Job, self.id, with_for_update=True))

        self.run(again)
        self.status, self.due, self.attempts, self.crashes = "queued", True, 0, 0

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        row = self.row()
        assert row.status == self.status
        assert (row.attempts, row.crashes) == (self.attempts, self.crashes)
        assert row.attempts <= row.max_attempts
        assert row.crashes <= CRASH_LIMIT
        assert row.token >= self.last_token
        self.last_token = row.token
        if self.holder is not None:
            assert row.token == self.holder
        assert self.effects <= 1
        assert (row.finished_at is not None) == (row.status in TERMINAL)
        assert (row.lease_until is not None) == (row.status == "running")


async def add(db: AsyncSession, row: Job) -> None:
    """Write a row."""
    db.add(row)


def test_no_order_of_events_breaks_a_job(own_settings: Settings) -> None:
    with asyncio.Runner() as runner:
        Ledger.runner, Ledger.engine = runner, open_engine(own_settings)
        try:
            run_state_machine_as_test(
                Ledger,
                settings=settings(
                    max_examples=40,
                    stateful_step_count=25,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
                ),
            )
        finally:
            runner.run(Ledger.engine.dispose())
