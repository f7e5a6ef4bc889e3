"""What is done with an upload, and with a size that does not exist yet."""

from datetime import timedelta
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Job
from app.domain.assets import cpu
from app.domain.assets.damage import Damaged
from app.domain.assets.ladder import Format, Quality, variant_key
from app.domain.assets.messages import AssetProgress, MakeVariant, MakeVariants
from app.domain.assets.repository import AssetRepository
from app.domain.assets.service import AssetService
from app.domain.assets.storing import keep, variant_row
from app.domain.files import asset_folder
from app.lib.cpu import WorkCrashed, WorkTimedOut
from app.lib.schema import Reason
from app.queue.declare import job
from app.queue.messages import Queue
from app.queue.run import Run
from app.resources import Resources
from app.vendors import Refused
from app.vendors.storage import FileMissing

DECODE_S = 20
CANCELLED = {"code": "cancelled", "message": "This was cancelled."}
GONE = Refused("The photo is no longer here. Send it again.", code="upload-missing")


@job(MakeVariants, Queue.IMAGES, attempts=3, time_limit=timedelta(seconds=30))
async def make_variants(run: Run, order: MakeVariants) -> None:
    """Turn an upload into a clean original and its sizes. Damage only a decoder can see ends the asset as failed."""
    async with run.transaction() as db:
        asset = await db.get(Asset, order.asset_id)
    if asset is None or asset.status != "processing" or asset.upload_key is None:
        return
    await _progress(run, asset, 20, None)
    try:
        data = await run.resources.files.get(asset.upload_key)
        settled, variants = await run.cpu(cpu.settle_and_variants, data, asset.content_type, limit_s=DECODE_S)
    except FileMissing as error:
        raise GONE from error
    except Damaged as error:
        raise Refused(error.reason, code=error.code) from error
    except (WorkTimedOut, WorkCrashed) as error:
        if run.job.attempts == 0:
            raise  # once may be a busy machine's fault; twice is the picture's
        damage = Damaged.too_costly()
        raise Refused(damage.reason, code=damage.code) from error
    await _progress(run, asset, 80, "ladder")
    kept = await keep(run.resources.files, asset.id, run.token, settled, variants)
    async with run.completion() as db:
        await AssetService(db, run.resources).settle(asset.id, kept)


@make_variants.on_ended
async def _ended(db: AsyncSession, resources: Resources, job: Job) -> None:
    order = msgspec.convert(job.body, MakeVariants)
    error = (job.error if job.status == "failed" else None) or CANCELLED
    reason = Reason(error["code"], error["message"])
    # A dead letter is for an operator to take up again, and is worth nothing without the bytes.
    await AssetService(db, resources).give_up(order.asset_id, reason, keep_upload=job.dead_letter)


@make_variants.on_requeued
async def _requeued(db: AsyncSession, resources: Resources, job: Job) -> None:
    await AssetService(db, resources).take_up_again(msgspec.convert(job.body, MakeVariants).asset_id)


@job(MakeVariant, Queue.IMAGES, attempts=3, time_limit=timedelta(seconds=30), visible=False)
async def make_variant(run: Run, order: MakeVariant) -> None:
    """Make one size, quality and format of a picture, unless it exists by now."""
    async with run.transaction() as db:
        asset = await db.get(Asset, order.asset_id)
        quality, kind = cast("Quality", order.quality), cast("Format", order.format)
        name = variant_key(order.width, quality, kind)
        made_before = await AssetRepository(session=db).has_variant(order.asset_id, name)
    if asset is None or asset.storage_key is None or made_before:
        return
    try:
        original = await run.resources.files.get(asset.storage_key)
        made = await run.cpu(cpu.variant, original, order.width, quality, kind, limit_s=DECODE_S)
    except FileMissing as error:
        raise GONE from error
    except Damaged as error:
        raise Refused(error.reason, code=error.code) from error
    key = f"{asset_folder(asset.id)}/{run.job.id}-{run.token}/{made.key}"
    await run.resources.files.put(key, made.data)
    async with run.completion() as db:
        await AssetRepository(session=db).add_variant(variant_row(asset.id, made, key))


async def _progress(run: Run, asset: Asset, percent: int, made: str | None) -> None:
    event = AssetProgress(
        session_id=asset.session_id, asset_id=asset.id, status="processing", progress=percent, variant_type=made
    )
    await run.progress(percent, "processing", event)
