"""Jobs whose worker died: taken up again, and ended when they keep taking their worker down."""

import asyncio
from uuid import UUID

from sqlalchemy import select

from app.db.models import Asset, Job, Notification, Render
from app.domain.assets.messages import MakeVariants
from app.domain.renders.messages import GenerateRender
from app.lib.ids import new_id
from app.queue.ledger import LeaseLost
from app.queue.outbox import Outbox, WakeUp
from app.workers.reaper import reap
from tests.factories import make_asset, make_render
from tests.queue.help import Aftermath, Deed, Workshop


async def crash(workshop: Workshop, job_id: UUID) -> None:
    """Start the job on a worker that is never heard of again."""
    await workshop.make_due(job_id)
    assert await workshop.claim(job_id)
    await workshop.expire(job_id)
    assert await reap(workshop.resources) == 1


async def test_a_lease_that_runs_out_puts_the_job_back_and_wakes_somebody(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())
    workshop.sent.clear()

    await crash(workshop, job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.crashes, job.attempts, job.worker) == ("queued", 1, 0, None)
    assert [sent.job_id for sent in workshop.sent if isinstance(sent, WakeUp)] == [job_id]
    await workshop.performer().perform(job_id)
    assert await workshop.effects() == 1


async def test_a_lease_that_holds_is_left_alone(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())
    await workshop.claim(job_id)

    assert await reap(workshop.resources) == 0
    assert (await workshop.job(job_id)).status == "running"


async def test_a_worker_that_comes_back_late_changes_nothing(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())
    late = await workshop.claim(job_id)
    assert late is not None
    await workshop.expire(job_id)
    await reap(workshop.resources)
    await workshop.performer("another").perform(job_id)

    refused: list[str] = []
    for attempt in (late.completion(), late.transaction()):
        try:
            async with attempt as db:
                db.add(Notification(id=new_id(), type="x", title="", message="", link="/effect"))
        except LeaseLost:
            refused.append("yes")

    assert refused == ["yes", "yes"]
    assert await workshop.effects() == 1


async def test_the_third_crash_makes_a_dead_letter_that_can_be_asked_for_again(workshop: Workshop) -> None:
    job_id = await workshop.order(Deed())

    for _ in range(3):
        await crash(workshop, job_id)

    job = await workshop.job(job_id)
    assert (job.status, job.dead_letter, job.crashes, job.attempts) == ("failed", True, 3, 0)
    assert job.error is not None
    assert job.error["code"] == "worker-crashed"
    assert Aftermath.ended == [(job_id, "failed")]
    assert [event.data["job"]["status"] for event in await workshop.events()][-1] == "failed"


async def test_a_render_that_keeps_crashing_is_failed_and_told(workshop: Workshop) -> None:
    async with workshop.resources.transaction() as db:
        render = await make_render(db, mode="from_scratch")
        job_id = Outbox(db).order(
            GenerateRender((render.id,)), render.owner_id, session_id=render.session_id, resource=("render", render.id)
        )

    for _ in range(3):
        await crash(workshop, job_id)

    async with workshop.resources.sessions() as db:
        row = await db.get_one(Render, render.id)
        lines = (await db.scalars(select(Notification).where(Notification.user_id == render.owner_id))).all()
    assert row.status == "failed"
    assert row.error is not None
    assert row.error["code"] == "worker-crashed"
    assert [line.type for line in lines] == ["render_failed"]
    assert len(await workshop.events("render:failed")) == 1


async def test_an_upload_that_keeps_crashing_is_failed_and_told(workshop: Workshop) -> None:
    async with workshop.resources.transaction() as db:
        asset = await make_asset(db, status="processing", upload_key="assets/x/upload")
        job_id = Outbox(db).order(MakeVariants(asset.id), asset.owner_id, resource=("asset", asset.id))

    for _ in range(3):
        await crash(workshop, job_id)

    async with workshop.resources.sessions() as db:
        row = await db.get_one(Asset, asset.id)
    assert (row.status, row.upload_key) == ("failed", "assets/x/upload")  # kept: an operator may want it tried again
    assert [event.data["status"] for event in await workshop.events("asset:processing_progress")] == ["failed"]


async def test_many_are_taken_up_at_once_by_several_reapers_each_once(workshop: Workshop) -> None:
    owner_id = await workshop.owner()
    jobs = [await workshop.order(Deed(), owner_id) for _ in range(60)]
    for job_id in jobs:
        await workshop.claim(job_id)
        await workshop.expire(job_id)

    found = await asyncio.gather(*(reap(workshop.resources) for _ in range(4)))

    assert sum(found) == 60
    async with workshop.resources.sessions() as db:
        rows = (await db.scalars(select(Job))).all()
    assert {(row.status, row.crashes) for row in rows} == {("queued", 1)}


async def test_a_job_nobody_can_end_does_not_keep_the_others_waiting(workshop: Workshop) -> None:
    unknown, known = await workshop.order(Deed()), await workshop.order(Deed())
    for job_id in (unknown, known):
        await workshop.claim(job_id)
        await workshop.expire(job_id)
    await workshop.change(unknown, kind="of.a.later.release", crashes=2)

    assert await reap(workshop.resources) == 1
    assert (await workshop.job(known)).status == "queued"
    assert (await workshop.job(unknown)).status == "running"
