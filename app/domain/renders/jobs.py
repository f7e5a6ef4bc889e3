"""Drawing renders: short transactions, and waiting for the image model between them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.domain.assets import cpu
from app.domain.assets.damage import Damaged
from app.domain.assets.storing import Kept, keep
from app.domain.renders.drawing import Drawing, Task
from app.domain.renders.messages import GenerateRender, RenderProgress, Stage
from app.domain.renders.service import RenderService
from app.lib.ids import new_id
from app.lib.schema import Reason
from app.queue.declare import job
from app.queue.messages import Queue
from app.queue.perform import NotYet
from app.queue.run import Run
from app.resources import Resources
from app.vendors import Refused, Unavailable
from app.vendors.images import Picture

SHRINK_S, KEEP_S = 15, 20
PHOTO_WAIT = timedelta(seconds=1)
PHOTO_WIDTH_PX = 1600
MAIL_WIDTH_PX = 640  # as JPEG, because many mail programs show no WebP


@job(GenerateRender, Queue.RENDERS, attempts=3, time_limit=timedelta(seconds=110))
async def generate_render(run: Run, order: GenerateRender) -> None:
    """Draw every variation of one wish. A crash at any line leaves it to be drawn again; each counts once."""
    async with run.transaction() as db:
        photo = await Drawing(db, run.resources).base_status(order.render_ids)
        if photo == "processing":
            raise NotYet(PHOTO_WAIT)
        if photo == "failed":
            raise Refused("The photo this picture should start from cannot be used.", code="photo-unusable")
        tasks = await Drawing(db, run.resources).start(order.render_ids, run.job.id)
    drawn = await asyncio.gather(*(_draw_one(run, task) for task in tasks), return_exceptions=True)
    await _settle_outcomes(run, tasks, drawn)
    async with run.completion() as db:
        await Drawing(db, run.resources).announce(order.render_ids, run.job.id)


@generate_render.on_ended
async def _ended(db: AsyncSession, resources: Resources, job: Job) -> None:
    await Drawing(db, resources).ended(job, msgspec.convert(job.body, GenerateRender).render_ids)


@generate_render.on_requeued
async def _requeued(db: AsyncSession, resources: Resources, job: Job) -> None:
    await RenderService(db, resources).queue_again(job, msgspec.convert(job.body, GenerateRender).render_ids)


async def _draw_one(run: Run, task: Task) -> None:
    """Draw, keep and announce one picture."""
    await _progress(run, task, 10, "generating")
    photo = await _photo(run, task)
    picture = await run.resources.images.draw(msgspec.structs.replace(task.brief, photo=photo))
    if photo and picture.structure_score is None:
        score = await run.cpu(_score, photo, picture.data, limit_s=SHRINK_S)
        picture = msgspec.structs.replace(picture, structure_score=score)
    await _progress(run, task, 70, "uploading")
    asset_id = new_id()
    kept = await _keep(run, asset_id, picture)
    await _progress(run, task, 90, "finalizing")
    async with run.transaction() as db:
        await Drawing(db, run.resources).finish(task, run.job.id, asset_id, kept, picture)


async def _photo(run: Run, task: Task) -> bytes | None:
    """Return the room's photo at about the size models take."""
    if task.photo_key is None:
        return None
    original = await run.resources.files.get(task.photo_key)
    width = PHOTO_WIDTH_PX if task.landscape else PHOTO_WIDTH_PX * 3 // 4
    return (await run.cpu(cpu.variant, original, width, 90, "jpeg", limit_s=SHRINK_S)).data


async def _keep(run: Run, asset_id: UUID, picture: Picture) -> Kept:
    """Store a picture like an upload: decoded, clean, in every size, with a JPEG for mail programs."""
    try:
        settled, variants = await run.cpu(cpu.settle_and_variants, picture.data, picture.content_type, limit_s=KEEP_S)
    except Damaged as error:
        raise Unavailable("The picture came back damaged.", code="image-garbage") from error
    mail = await run.cpu(cpu.variant, settled.data, MAIL_WIDTH_PX, 80, "jpeg", limit_s=SHRINK_S)
    return await keep(run.resources.files, asset_id, run.token, settled, [*variants, mail])


async def _settle_outcomes(run: Run, tasks: list[Task], drawn: list[BaseException | None]) -> None:
    """Raise what may pass on a later try; fail the pictures the model refuses, unless it refuses all of them."""
    errors = {task.render_id: error for task, error in zip(tasks, drawn, strict=True) if error is not None}
    for error in errors.values():
        if not isinstance(error, Refused) or len(errors) == len(tasks):
            raise error
    for render_id, error in errors.items():
        assert isinstance(error, Refused)
        async with run.transaction() as db:
            await Drawing(db, run.resources).refuse(render_id, run.job.id, Reason(error.code, error.reason))


async def _progress(run: Run, task: Task, percent: int, stage: Stage) -> None:
    event = RenderProgress(
        session_id=task.session_id,
        render_id=task.render_id,
        job_id=run.job.id,
        room_id=task.room_id,
        progress=percent,
        stage=stage,
    )
    await run.progress(percent, stage, event)


def _score(photo: bytes, picture: bytes) -> float:
    from app.vendors.images.embedded.structure import structure_score

    return structure_score(photo, picture)
