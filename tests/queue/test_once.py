"""Every kind of job, started twice: again after it is done, and anew while a dead worker's run goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from app.db.models import Asset, AssetVariant, Email, Job, Notification, Render
from app.domain.assets.messages import MakeVariant, MakeVariants
from app.domain.email.messages import SendEmail
from app.domain.email.service import EmailService
from app.domain.files import asset_folder
from app.domain.files.messages import DeleteFiles
from app.domain.renders.messages import GenerateRender
from app.lib.ids import new_id
from app.queue.declare import JOB_TYPES, job_type
from app.queue.ledger import LeaseLost
from app.queue.messages import Order
from app.queue.outbox import Outbox
from app.queue.run import Run
from app.vendors.images import ImageBrief, Picture
from app.vendors.mail.embedded import FolderMailer
from app.vendors.storage.local import LocalFiles
from app.workers.reaper import reap
from tests.factories import make_asset, make_render, make_room, make_user
from tests.queue.help import Workshop
from tests.raw_pictures import room, saved

JPEG = saved(room(320, 240), "JPEG")


class PlainImages:
    """Hands back the same picture each time, at once."""

    async def draw(self, brief: ImageBrief) -> Picture:
        """Return it."""
        return Picture(JPEG, "image/jpeg", "embedded-plain", 1.0 if brief.photo else None)


@pytest.fixture
def workshop(workshop: Workshop, tmp_path: Path) -> Workshop:
    """Return a workshop whose files, mails and pictures belong to the test."""
    workshop.resources = replace(
        workshop.resources,
        files=LocalFiles(tmp_path / "storage"),
        mail=FolderMailer(tmp_path / "mail", "us@example.com"),
        images=PlainImages(),
    )
    return workshop


async def an_upload(workshop: Workshop) -> Order:
    async with workshop.resources.transaction() as db:
        asset = await make_asset(db, status="processing")
        asset.upload_key = key = f"{asset_folder(asset.id)}/upload"
    await workshop.resources.files.put(key, JPEG)
    return MakeVariants(asset.id)


async def a_further_size(workshop: Workshop) -> Order:
    return MakeVariant(await a_photo(workshop), 160, 80, "jpeg")


async def some_renders(workshop: Workshop) -> Order:
    async with workshop.resources.transaction() as db:
        made = [await make_render(db, mode="from_scratch", variation=0)]
        room_row = await make_room(db)
        made += [await make_render(db, room_row, base_asset_id=None, mode="from_scratch", variation=1)]
    return GenerateRender(tuple(render.id for render in made))


async def a_mail(workshop: Workshop) -> Order:
    words = {"room_name": "Kitchen", "count": 1, "wish": "oak", "url": "http://x/", "site": "http://x", "alt": "it"}
    async with workshop.resources.transaction() as db:
        user = await make_user(db)
        data = {**words, "embedded": True, "picture_key": None}
        await EmailService(db, workshop.resources).send(user.id, "render_ready", data, f"key:{user.id}")
        email = await db.scalar(select(Email).where(Email.user_id == user.id))
        assert email is not None
        await db.execute(delete(Job).where(Job.kind == "email.send"))  # the test orders its own
    return SendEmail(email.id)


async def old_files(workshop: Workshop) -> Order:
    await workshop.resources.files.put("assets/old/one", b"1")
    await workshop.resources.files.put("assets/more/two", b"2")
    return DeleteFiles(keys=("assets/old/one",), folders=("assets/more",))


async def a_photo(workshop: Workshop) -> UUID:
    async with workshop.resources.transaction() as db:
        asset = await make_asset(db)
        asset.storage_key = key = f"{asset_folder(asset.id)}/0/original.jpg"
    await workshop.resources.files.put(key, JPEG)
    return asset.id


KINDS: dict[str, Callable[[Workshop], Awaitable[Order]]] = {
    "image.variants": an_upload,
    "image.variant": a_further_size,
    "render.generate": some_renders,
    "email.send": a_mail,
    "upkeep.delete_files": old_files,
}


async def outcome(workshop: Workshop, folder: Path) -> dict[str, int]:
    """Count everything a job can have done that people would notice."""
    counts: dict[str, int] = {}
    async with workshop.resources.sessions() as db:
        for table in (Asset, AssetVariant, Notification, Email):
            counts[str(table.__tablename__)] = await db.scalar(select(func.count()).select_from(table)) or 0
        ready = select(func.count()).select_from(Render).where(Render.status == "ready")
        counts["ready"] = await db.scalar(ready) or 0
        mails = select(func.count()).select_from(Job).where(Job.kind.in_(("email.send", "upkeep.delete_files")))
        counts["orders"] = await db.scalar(mails) or 0
    counts["letters"] = len(list((folder / "mail").glob("*.eml")))
    return counts


def test_every_kind_is_tried_here() -> None:
    assert {kind for kind in JOB_TYPES if not kind.startswith(("test.", "chaos."))} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_done_again_after_it_is_done(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    job_id = await workshop.order(await KINDS[kind](workshop))
    await workshop.performer().perform(job_id)
    assert (await workshop.job(job_id)).status == "succeeded"
    once = await outcome(workshop, tmp_path)

    await asyncio.gather(*(workshop.performer(str(number)).perform(job_id) for number in range(3)))

    assert await outcome(workshop, tmp_path) == once


@pytest.mark.parametrize("kind", KINDS)
async def test_done_by_two_at_once_of_whom_one_lost_its_lease(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    order = await KINDS[kind](workshop)
    job_id = await workshop.order(order)
    late = await workshop.claim(job_id)
    assert late is not None
    await workshop.expire(job_id)
    await reap(workshop.resources)
    current = await workshop.claim(job_id)
    assert current is not None

    ends = await asyncio.gather(carry_out(late, order), carry_out(current, order), return_exceptions=True)

    assert isinstance(ends[0], LeaseLost)
    assert ends[1] is None
    assert (await workshop.job(job_id)).status == "succeeded"
    found = await outcome(workshop, tmp_path)
    assert found == EXPECTED[kind] | {"orders": found["orders"]}


@pytest.mark.parametrize("kind", KINDS)
async def test_begun_and_left_at_any_point_then_done(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    order = await KINDS[kind](workshop)
    job_id = await workshop.order(order)
    for pause_s in (0.001, 0.02, 0.1):
        run = await workshop.claim(job_id)
        if run is None:
            break  # it was done before it was left
        work = asyncio.create_task(carry_out(run, order))
        await asyncio.wait([work], timeout=pause_s)
        work.cancel("crash")
        await asyncio.gather(work, return_exceptions=True)
        await workshop.change(job_id, crashes=0)
        if (await workshop.job(job_id)).status == "running":
            await workshop.expire(job_id)
        await reap(workshop.resources)

    await workshop.performer().perform(job_id)

    assert (await workshop.job(job_id)).status == "succeeded"
    found = await outcome(workshop, tmp_path)
    assert found == EXPECTED[kind] | {"orders": found["orders"]}


NONE = {"assets": 0, "asset_variants": 0, "notifications": 0, "emails": 0, "ready": 0, "letters": 0}
EXPECTED: dict[str, dict[str, int]] = {
    "image.variants": NONE | {"assets": 1, "asset_variants": 2},
    "image.variant": NONE | {"assets": 1, "asset_variants": 1},
    "render.generate": NONE | {"assets": 2, "asset_variants": 6, "notifications": 1, "emails": 1, "ready": 2},
    "email.send": NONE | {"emails": 1, "letters": 1},
    "upkeep.delete_files": NONE,
}


async def carry_out(run: Run, order: Order) -> None:
    """Run a job's code on a claim made by hand."""
    await job_type(run.job.kind).work(run, order)
    if not run.completed:
        async with run.completion():
            pass


async def test_an_order_and_its_rows_are_there_together_or_not_at_all(workshop: Workshop) -> None:
    owner_id = await workshop.owner()
    workshop.sent.clear()

    async def half() -> None:
        async with workshop.resources.transaction() as db:
            db.add(Notification(id=new_id(), user_id=owner_id, type="render_complete", title="x", message="", link="/"))
            Outbox(db).order(DeleteFiles(keys=("x",)), owner_id)
            await db.flush()
            raise RuntimeError("before the commit")

    with pytest.raises(RuntimeError):
        await half()

    assert workshop.sent == []
    async with workshop.resources.sessions() as db:
        assert await db.scalar(select(func.count()).select_from(Job)) == 0
        assert await db.scalar(select(func.count()).select_from(Notification)) == 0
