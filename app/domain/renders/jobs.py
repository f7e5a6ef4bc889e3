"""Drawing renders: short transactions, and waiting for the image model between them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.domain.assets import cpu
from app.domain.assets.damage import Damaged, Variant
from app.domain.assets.ladder import Quality
from app.domain.assets.storing import Kept, keep
from app.domain.email.service import INLINE_BYTES
from app.domain.renders.drawing import Drawing, Task, photo_gone
from app.domain.renders.messages import GenerateRender, RenderProgress, Stage
from app.domain.renders.service import RenderService
from app.lib.ids import new_id
from app.queue.declare import job
from app.queue.messages import Queue
from app.queue.perform import NotYet
from app.queue.run import Run
from app.resources import Resources
from app.vendors import Refused, Unavailable
from app.vendors.images import Picture
from app.vendors.storage import FileMissing

SHRINK_S, KEEP_S = 15, 20
PHOTO_WAIT = timedelta(seconds=1)
PHOTO_WIDTH_PX = 1600
MAIL_SIZES: tuple[tuple[int, Quality], ...] = ((640, 80), (480, 80), (480, 60), (320, 60))
"""Width and quality, as JPEG, because many mail programs show no WebP."""


@job(GenerateRender, Queue.RENDERS, attempts=3, time_limit=timedelta(seconds=110))
async def generate_render(run: Run, order: GenerateRender) -> None:
    """Draw every variation of one wish. A crash at any line leaves it to be drawn again; each counts once."""
    async with run.transaction() as db:
        drawing = Drawing(db, run.resources)
        if not await drawing.photo_is_ready(order.render_ids):
            raise NotYet(PHOTO_WAIT)
        tasks = await drawing.start(order.render_ids, run.job.id)
    progress = Progress(run, tasks)
    photo = await _photo(run, tasks[0]) if tasks else None
    drawn = await asyncio.gather(*(_draw_one(run, task, photo, progress) for task in tasks), return_exceptions=True)
    await _settle_outcomes(run, order, {task.render_id: error for task, error in zip(tasks, drawn, strict=True)})
    async with run.completion() as db:
        await Drawing(db, run.resources).announce(order.render_ids, run.job.id)


@generate_render.on_ended
async def _ended(db: AsyncSession, resources: Resources, job: Job) -> None:
    await Drawing(db, resources).ended(job, msgspec.convert(job.body, GenerateRender).render_ids)


@generate_render.on_requeued
async def _requeued(db: AsyncSession, resources: Resources, job: Job) -> None:
    await RenderService(db, resources).queue_again(job, msgspec.convert(job.body, GenerateRender).render_ids)


class Progress:
    """How far the pictures of one job are; the job is as far as they are on average."""

    def __init__(self, run: Run, tasks: Sequence[Task]) -> None:
        self._run = run
        self._percents = {task.render_id: 0 for task in tasks}

    async def report(self, task: Task, percent: int, stage: Stage) -> None:
        """Record and tell how far one picture is. Raises ledger.LeaseLost."""
        self._percents[task.render_id] = percent
        event = RenderProgress(
            session_id=task.session_id,
            render_id=task.render_id,
            job_id=self._run.job.id,
            room_id=task.room_id,
            progress=percent,
            stage=stage,
        )
        await self._run.progress(sum(self._percents.values()) // len(self._percents), stage, event)


async def _draw_one(run: Run, task: Task, photo: bytes | None, progress: Progress) -> None:
    """Draw, keep and announce one picture."""
    await progress.report(task, 10, "generating")
    picture = await run.resources.images.draw(msgspec.structs.replace(task.brief, photo=photo))
    if photo and picture.structure_score is None:
        score = await run.cpu(_score, photo, picture.data, limit_s=SHRINK_S)
        picture = msgspec.structs.replace(picture, structure_score=score)
    await progress.report(task, 70, "uploading")
    asset_id = new_id()
    kept = await _keep(run, asset_id, picture)
    await progress.report(task, 90, "finalizing")
    async with run.transaction() as db:
        await Drawing(db, run.resources).finish(task, run.job.id, asset_id, kept, picture)


async def _photo(run: Run, task: Task) -> bytes | None:
    """Return the photo that all renders of an order start from, at about the size models take."""
    if task.photo_key is None:
        return None
    try:
        original = await run.resources.files.get(task.photo_key)
    except FileMissing as error:
        raise photo_gone() from error
    width = PHOTO_WIDTH_PX if task.landscape else PHOTO_WIDTH_PX * 3 // 4
    return (await run.cpu(cpu.variant, original, width, 90, "jpeg", limit_s=SHRINK_S)).data


async def _keep(run: Run, asset_id: UUID, picture: Picture) -> Kept:
    """Store a picture like an upload: decoded, clean, in every size, with a JPEG for mail programs."""
    try:
        settled, variants = await run.cpu(cpu.settle_and_variants, picture.data, picture.content_type, limit_s=KEEP_S)
    except Damaged as error:
        raise Unavailable("The picture came back damaged.", code="image-garbage") from error
    for_mail = await _for_mail(run, settled.data)
    return await keep(run.resources.files, asset_id, run.token, settled, [*variants, *for_mail])


async def _for_mail(run: Run, original: bytes) -> list[Variant]:
    """Return the largest JPEG a mail can carry."""
    for width, quality in MAIL_SIZES:
        made = await run.cpu(cpu.variant, original, width, quality, "jpeg", limit_s=SHRINK_S)
        if len(made.data) <= INLINE_BYTES:
            return [made]
    return []


async def _settle_outcomes(run: Run, order: GenerateRender, drawn: Mapping[UUID, BaseException | None]) -> None:
    """Fail the pictures the model refuses, and raise what may pass on a later try; a refusal of all ends the job."""
    refusals = {render_id: error for render_id, error in drawn.items() if isinstance(error, Refused)}
    others = [error for error in drawn.values() if error is not None and not isinstance(error, Refused)]
    if refusals:
        async with run.transaction() as db:
            if not await Drawing(db, run.resources).refuse(refusals, order.render_ids, run.job.id):
                others = [next(iter(refusals.values()))]
    if others:
        raise others[0]


def _score(photo: bytes, picture: bytes) -> float:
    from app.vendors.images.embedded.structure import structure_score

    return structure_score(photo, picture)
