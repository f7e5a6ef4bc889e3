"""What time makes useless goes, and what somebody still needs stays."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, AssetVariant, IdempotencyKey, Job, LoginSession
from app.lib.clock import now
from app.lib.ids import new_id
from app.resources import Resources
from app.workers.cleanup import clean_up, sweep_files
from tests.factories import make_asset, make_job, make_login, make_user, save

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REASON = {"code": "storage-down", "message": "Files were away."}


async def keep_answer(db: AsyncSession, key: str, age: timedelta) -> None:
    """Keep an answer for a request that may come twice."""
    values: dict[str, Any] = {"status": 201, "headers": {}, "body": b"", "fingerprint": b""}
    await save(db, IdempotencyKey(principal="x", route="y", key=key, created_at=now() - age, **values))


async def test_stored_answers_go_after_a_day(db: AsyncSession, resources: Resources) -> None:
    await keep_answer(db, "old", DAY + HOUR)
    await keep_answer(db, "new", DAY - HOUR)

    gone = await clean_up(resources)

    ours = select(IdempotencyKey.key).where(IdempotencyKey.key.in_(["old", "new"]))
    assert (gone, (await db.scalars(ours)).all()) == (1, ["new"])
    assert await clean_up(resources) == 0


async def test_logins_go_when_they_are_over(db: AsyncSession, resources: Resources) -> None:
    user = await make_user(db)
    await make_login(db, user, expires_at=now() - HOUR, ip="over")
    await make_login(db, user, expires_at=now() + HOUR, ip="good")

    await clean_up(resources)

    assert (await db.scalars(select(LoginSession.ip).where(LoginSession.user_id == user.id))).all() == ["good"]


async def test_chores_go_a_week_after_they_ended_and_what_people_see_stays(
    db: AsyncSession, resources: Resources
) -> None:
    old, recent = now() - timedelta(days=8), now() - timedelta(days=6)
    going = [
        await make_job(db, kind="email.send", status="succeeded", finished_at=old),
        await make_job(db, kind="image.variant", status="cancelled", finished_at=old),
    ]
    staying = [
        await make_job(db, kind="email.send", status="succeeded", finished_at=recent),
        await make_job(db, kind="email.send", status="failed", finished_at=old, dead_letter=True),
        await make_job(db, kind="upkeep.delete_files", status="queued"),
        await make_job(db, kind="render.generate", status="succeeded", finished_at=old),
    ]

    gone = await clean_up(resources)

    assert gone == len(going)
    assert set((await db.scalars(select(Job.id))).all()) == {job.id for job in staying}


async def test_much_goes_in_several_rounds(db: AsyncSession, resources: Resources) -> None:
    for number in range(7):
        await keep_answer(db, str(number), 2 * DAY)

    assert [await clean_up(resources, rows=3) for _ in range(4)] == [3, 3, 1, 0]


async def upload(db: AsyncSession, age: timedelta, **values: Any) -> Asset:
    """Make an upload that waits to be decoded."""
    facts: dict[str, Any] = {"status": "processing"} | values
    asset = await make_asset(db, **facts)
    asset.upload_key, asset.updated_at = f"assets/{asset.id}/upload", now() - age
    await db.flush()
    return asset


async def test_uploads_nobody_will_decode_go_after_an_hour(db: AsyncSession, resources: Resources) -> None:
    forgotten = await upload(db, 2 * HOUR)
    failed = await upload(db, 2 * HOUR, status="failed", error=REASON)
    waiting = await upload(db, 2 * HOUR)
    await make_job(db, kind="image.variants", resource_id=waiting.id)
    recent = await upload(db, HOUR / 2, status="failed", error=REASON)

    gone = await clean_up(resources)

    for asset in (forgotten, failed, waiting, recent):
        await db.refresh(asset)
    states = {asset.id: (asset.status, asset.upload_key is None) for asset in (forgotten, failed, waiting, recent)}
    assert gone == 2
    assert states == {
        forgotten.id: ("failed", True),
        failed.id: ("failed", True),
        waiting.id: ("processing", False),
        recent.id: ("failed", False),
    }
    assert ((forgotten.error or {})["code"], failed.error) == ("upload-expired", REASON)
    removals = (await db.scalars(select(Job.body).where(Job.kind == "upkeep.delete_files"))).all()
    assert {folder for body in removals for folder in body["folders"]} == {
        f"assets/{forgotten.id}",
        f"assets/{failed.id}",
    }


async def stored(resources: Resources, root: Path, key: str, age: timedelta = 2 * HOUR) -> str:
    """Store a file that is some time old."""
    await resources.files.put(key, b"x")
    then = (now() - age).timestamp()
    os.utime(root / "storage" / key, (then, then))
    return key


async def test_the_sweep_takes_what_no_row_names_and_leaves_the_rest(
    db: AsyncSession, resources: Resources, tmp_path: Path
) -> None:
    asset = await make_asset(db)
    folder, nobodys = f"assets/{asset.id}", f"assets/{new_id()}"
    asset.storage_key = await stored(resources, tmp_path, f"{folder}/2/original.jpg")
    waiting = await make_asset(db)
    waiting.upload_key = await stored(resources, tmp_path, f"assets/{waiting.id}/upload")
    variant = await stored(resources, tmp_path, f"{folder}/2/320-80.webp")
    facts: dict[str, Any] = {"content_type": "image/webp", "size_bytes": 1, "width_px": 1, "height_px": 1}
    await save(db, AssetVariant(id=new_id(), asset_id=asset.id, name="320-80.webp", storage_key=variant, **facts))
    young = await stored(resources, tmp_path, f"{nobodys}/3/young.webp", HOUR / 2)
    not_ours = await stored(resources, tmp_path, "assets/README.txt")
    elsewhere = await stored(resources, tmp_path, "documents/plan.pdf")
    orphans = [
        await stored(resources, tmp_path, key)
        for key in (f"{folder}/1/original.jpg", f"{folder}/1/320-80.webp", f"{nobodys}/upload", f"{nobodys}/1/a.webp")
    ]

    gone = await sweep_files(resources)

    left = {file.key async for file in resources.files.list("")}
    assert gone == len(orphans)
    assert left == {asset.storage_key, waiting.upload_key, variant, young, not_ours, elsewhere}
    assert await sweep_files(resources) == 0


async def test_the_sweep_goes_through_any_number_of_files(resources: Resources, tmp_path: Path) -> None:
    for number in range(7):
        await stored(resources, tmp_path, f"assets/{UUID(int=number)}/upload")

    assert await sweep_files(resources, batch_size=3) == 7
