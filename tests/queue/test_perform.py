"""How one start of a job goes and ends."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.jobs.service import JobService
from app.lib.clock import now
from app.queue import cancels
from app.queue.outbox import Cancelled
from tests.queue.help import Aftermath, Chore, Deed, Slow, Watch, Workshop, until


async def test_a_job_takes_effect_and_says_so(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())

    await workshop.performer().perform(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.percent, job.result, job.attempts) == ("succeeded", 100, {"token": 1}, 0)
    assert await workshop.effects() == 1
    told = [event.data["job"]["status"] for event in await workshop.events()]
    assert told == ["running", "succeeded"]


@pytest.mark.parametrize("times", [2, 5])
async def test_woken_again_and_again_it_takes_effect_once(workshop: Workshop, times: int) -> None:
    job_id = await workshop.order(Deed())

    for _ in range(times):
        await workshop.performer().perform(job_id)

    assert await workshop.effects() == 1


async def test_woken_in_many_places_at_once_it_takes_effect_once(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(after_s=0.05))

    await asyncio.gather(*(workshop.performer(str(number)).perform(job_id) for number in range(12)))

    assert await workshop.effects() == 1
    assert Watch.started == [1]


async def test_a_refusal_is_final_and_has_words(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="refused"))

    await workshop.performer().perform(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.attempts, job.dead_letter) == ("failed", 1, False)
    assert job.error == {"code": "no", "message": "The vendor will not."}
    assert Aftermath.ended == [(job_id, "failed")]


async def test_what_may_pass_is_tried_again_later_and_not_before_the_vendor_said(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="busy"))

    await workshop.performer().perform(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.attempts) == ("queued", 1)
    assert timedelta(seconds=85) < job.run_after - now() <= timedelta(seconds=90)
    assert job.error is not None
    assert job.error["code"] == "busy"
    assert await workshop.claim(job_id) is None


async def test_the_pauses_between_attempts_grow(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="bug"))
    pauses: list[float] = []

    for _ in range(2):
        await workshop.performer().perform(job_id)
        pauses.append(((await workshop.job(job_id)).run_after - now()).total_seconds())
        await workshop.make_due(job_id)

    assert 1.8 <= pauses[0] <= 3.0
    assert 3.8 <= pauses[1] <= 6.0


async def test_the_last_attempt_leaves_a_dead_letter_without_our_words(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="bug"))

    for _ in range(4):
        await workshop.performer().perform(job_id)
        await workshop.make_due(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.attempts, job.dead_letter) == ("failed", 3, True)
    assert job.error is not None
    assert job.error["code"] == "internal-error"
    assert "nobody should see" not in job.error["message"]
    assert Watch.started == [1, 3, 5]


async def test_waiting_for_something_counts_as_nothing(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="not-yet"))

    for _ in range(5):
        await workshop.make_due(job_id)
        await workshop.performer().perform(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.attempts, job.crashes, job.error) == ("queued", 0, 0, None)
    assert timedelta(seconds=3) < job.run_after - now() <= timedelta(seconds=5)
    assert len(Watch.started) == 5


async def test_the_time_limit_ends_an_attempt(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(after_s=30))

    await workshop.performer().perform(job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.attempts) == ("queued", 1)
    assert job.error is not None
    assert job.error["code"] == "time-limit"
    assert Watch.interrupted == [1]


async def test_a_shutdown_gives_work_back_and_counts_nothing(workshop: Workshop) -> None:
    performer = workshop.performer()
    jobs = [await workshop.order(Deed(after_s=0.9)) for _ in range(3)]
    running = [asyncio.create_task(performer.perform(job_id)) for job_id in jobs]
    await until(lambda: len(Watch.started) == 3)

    await performer.give_all_back()
    await asyncio.gather(*running)

    for job_id in jobs:
        job = await workshop.job(job_id)
        assert (job.status, job.attempts, job.crashes, job.lease_until) == ("queued", 0, 0, None)
    await performer.perform(jobs[0])
    assert len(Watch.started) == 3
    await workshop.performer("another").perform(jobs[0])
    assert await workshop.effects() == 1


async def cancel(workshop: Workshop, job_id: UUID) -> None:
    """Cancel a job on its owner's behalf."""
    owner_id = (await workshop.job(job_id)).owner_id
    assert owner_id is not None
    async with workshop.resources.transaction() as db:
        await JobService(db, workshop.resources).cancel(owner_id, job_id)


async def test_cancelling_reaches_the_running_work_within_a_second(workshop: Workshop) -> None:
    performer = workshop.performer()
    listening = asyncio.create_task(cancels.listen(workshop.resources.redis, performer.cancel))
    job_id = await workshop.order(Deed(after_s=0.9))
    await until(lambda: subscribers(workshop))
    running = asyncio.create_task(performer.perform(job_id))
    await until(lambda: Watch.started)
    began = asyncio.get_running_loop().time()

    await cancel(workshop, job_id)
    assert Cancelled(job_id) in workshop.sent
    await workshop.dispatcher.send([Cancelled(job_id)])
    await running

    assert asyncio.get_running_loop().time() - began < 0.5
    assert Watch.interrupted == [1]
    assert (await workshop.job(job_id)).status == "cancelled"
    assert await workshop.effects() == 0
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def subscribers(workshop: Workshop) -> bool:
    """Whether somebody listens for cancelled jobs."""
    [(_, count)] = await workshop.resources.redis.pubsub_numsub(cancels.CHANNEL)
    return bool(count)


async def test_without_redis_the_heartbeat_finds_out(workshop: Workshop) -> None:
    performer = workshop.performer()
    job_id = await workshop.order(Slow())
    running = asyncio.create_task(performer.perform(job_id))
    await until(lambda: performer.under_way == 1)
    await until(lambda: Watch.started)

    await cancel(workshop, job_id)
    async with asyncio.timeout(6):
        await running

    assert Watch.interrupted == [1]
    assert (await workshop.job(job_id)).status == "cancelled"


async def test_a_finished_job_stays_finished_when_cancelled(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())
    await workshop.performer().perform(job_id)

    await cancel(workshop, job_id)

    assert (await workshop.job(job_id)).status == "succeeded"
    assert Aftermath.ended == []


async def test_a_failed_job_asked_for_again_starts_as_if_new(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed(ends="refused"))
    await workshop.performer().perform(job_id)
    await workshop.change(job_id, body={"ends": "well"})
    owner_id = (await workshop.job(job_id)).owner_id
    assert owner_id is not None

    async with workshop.resources.transaction() as db:
        view = await JobService(db, workshop.resources).retry(owner_id, job_id)
    await workshop.performer().perform(job_id)

    assert (view.status, view.attempts, view.error) == ("queued", 0, None)
    assert Aftermath.requeued == [job_id]
    assert (await workshop.job(job_id)).status == "succeeded"
    assert await workshop.effects() == 1


class Gone:
    """Hands out sessions of a database that is away for the first few."""

    def __init__(self, real: Any, away_for: int) -> None:
        self._real = real
        self.left = away_for

    def __call__(self) -> AsyncSession:
        if self.left > 0:
            self.left -= 1
            raise ConnectionRefusedError("nobody listens")
        return self._real()


async def test_a_database_that_is_away_costs_time_and_no_attempt(workshop: Workshop) -> None:
    sessions = Gone(workshop.resources.sessions, 2)
    resources = replace(workshop.resources, sessions=sessions)  # type: ignore[arg-type]
    job_id = await workshop.order(Deed(after_s=0.2))
    claimed_late = workshop.performer(resources=resources)

    running = asyncio.create_task(claimed_late.perform(job_id))
    await until(lambda: Watch.started)
    sessions.left = 3  # goes while the job works: neither its effects nor its end can be written
    await running

    job = await workshop.job(job_id)
    assert (job.status, job.attempts, job.crashes) == ("queued", 0, 0)
    await workshop.make_due(job_id)
    await workshop.performer().perform(job_id)
    assert await workshop.effects() == 1


async def test_an_owner_is_told_what_they_see_and_not_the_chores(workshop: Workshop) -> None:
    chore = await workshop.order(Chore())

    await workshop.performer().perform(chore)

    assert (await workshop.job(chore)).status == "succeeded"
    assert await workshop.events() == []
