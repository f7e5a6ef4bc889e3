"""What happens to renders while their job runs, and how it is told: rows, events, inbox, mail."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Job, Render, Room, Style
from app.domain.assets.schemas import content_url
from app.domain.assets.storing import Kept, write_into
from app.domain.email.service import INLINE_BYTES, EmailService
from app.domain.notifications.service import NotificationService
from app.domain.renders.messages import RenderComplete, RenderFailed, RenderStarted
from app.domain.renders.repository import RenderRepository
from app.lib.clock import now
from app.lib.schema import Reason
from app.queue.outbox import Outbox
from app.resources import Resources
from app.vendors import Refused
from app.vendors.images import ImageBrief, Picture


def photo_gone() -> Refused:
    """Return the refusal of renders whose photo was deleted."""
    return Refused("The photo this picture should start from is no longer here.", code="photo-gone")


class Task(msgspec.Struct, frozen=True):
    """One picture to draw, as plain values."""

    render_id: UUID
    room_id: UUID
    session_id: UUID | None
    variation: int
    brief: ImageBrief  # without the photo
    photo_key: str | None
    landscape: bool


class Drawing:
    """The life of the renders of one job."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._resources = resources
        self._renders = RenderRepository(session=db)
        self._outbox = Outbox(db)

    async def photo_is_ready(self, render_ids: Sequence[UUID]) -> bool:
        """Tell whether drawing may begin; not while the photo is worked on. Raises Refused for one that is no use."""
        renders = await self._renders.of_order(render_ids)
        if not renders or (renders[0].mode == "from_scratch" and renders[0].base_asset_id is None):
            return True
        base_id = renders[0].base_asset_id
        base = await self._db.get(Asset, base_id) if base_id else None
        if base is None:
            raise photo_gone()
        if base.error is not None:
            raise Refused(base.error["message"], code=base.error["code"])
        return base.status == "ready"

    async def start(self, render_ids: Sequence[UUID], job_id: UUID) -> list[Task]:
        """Mark what is still to be drawn as generating and return it; what is ready stays ready."""
        tasks: list[Task] = []
        for render in await self._renders.of_order(render_ids):
            if render.status in ("queued", "generating"):
                render.status = "generating"
                render.version += 1
                tasks.append(await self._task(render))
                started = RenderStarted(
                    session_id=render.session_id, render_id=render.id, job_id=job_id, room_id=render.room_id
                )
                self._outbox.tell(render.owner_id, started)
        return tasks

    async def finish(self, task: Task, job_id: UUID, asset_id: UUID, kept: Kept, picture: Picture) -> None:
        """Make one render ready: its asset with every size, and the word to its owner's stream."""
        [render] = await self._renders.of_order([task.render_id])
        asset = Asset(
            id=asset_id,
            session_id=render.session_id,
            room_id=render.room_id,
            owner_id=render.owner_id,
            asset_type="render",
            source="render",
            status="processing",
            filename=f"render-{render.id}.jpg",
            content_type=kept.settled.content_type,
            size_bytes=len(kept.settled.data),
            alt_text=f"The room, restyled: {render.style_prompt}"[:500],
        )
        rows = write_into(asset, kept)
        self._db.add(asset)
        await self._db.flush()
        self._db.add_all(rows)
        render.status, render.asset_id, render.model = "ready", asset.id, picture.model
        render.structure_score, render.finished_at = picture.structure_score, now()
        render.version += 1
        self._outbox.tell(
            render.owner_id,
            RenderComplete(
                session_id=render.session_id,
                render_id=render.id,
                job_id=job_id,
                room_id=render.room_id,
                asset_id=asset.id,
                render_url=content_url(asset.id),
                model=picture.model,
            ),
        )

    async def fail(self, render: Render, job_id: UUID, error: Reason) -> None:
        """Make one render failed, and tell its owner's stream why."""
        render.status, render.error, render.finished_at = "failed", msgspec.to_builtins(error), now()
        render.version += 1
        event = RenderFailed(
            session_id=render.session_id, render_id=render.id, job_id=job_id, room_id=render.room_id, error=error
        )
        self._outbox.tell(render.owner_id, event)

    async def refuse(self, refusals: Mapping[UUID, Refused], render_ids: Sequence[UUID], job_id: UUID) -> bool:
        """Fail the renders that the model refuses, and return whether its order has any other."""
        renders = await self._renders.of_order(render_ids)
        for render in renders:
            if refusal := refusals.get(render.id):
                await self.fail(render, job_id, Reason(refusal.code, refusal.reason))
        return any(render.status != "failed" for render in renders)

    async def announce(self, render_ids: Sequence[UUID], job_id: UUID) -> None:
        """Tell the owner once for the whole job: a line in the inbox, and a mail if they have an address."""
        ready = [render for render in await self._renders.of_order(render_ids) if render.status == "ready"]
        if not ready:
            return
        first = ready[0]
        room = await self._db.get_one(Room, first.room_id)
        link = _link(first)
        what = "Your picture is" if len(ready) == 1 else f"Your {len(ready)} pictures are"
        await NotificationService(self._db, self._resources).tell(
            first.owner_id, "render_complete", f"{room.name}: {what} ready", first.style_prompt, link, first.session_id
        )
        base = self._resources.settings.base_url
        words = {
            "room_name": room.name,
            "count": len(ready),
            "wish": first.style_prompt,
            "url": f"{base}{link}",
            "site": base,
            "alt": f"{room.name}, restyled",
            "has_before": first.base_asset_id is not None,
            "embedded": (first.model or "").startswith("embedded-"),
            "picture_key": await self._renders.mail_picture(first.id, INLINE_BYTES),
        }
        await EmailService(self._db, self._resources).send(first.owner_id, "render_ready", words, f"render:{job_id}")

    async def ended(self, job: Job, render_ids: Sequence[UUID]) -> None:
        """Take what was not drawn out of the way when the job failed for good or was cancelled, and tell the owner."""
        renders = await self._renders.of_order(render_ids)
        for render in renders:
            if render.status not in ("queued", "generating"):
                continue
            if job.status == "cancelled":
                render.status, render.finished_at = "cancelled", now()
                render.version += 1
            else:
                await self.fail(render, job.id, msgspec.convert(job.error, Reason))
        if job.status != "failed":
            return
        if any(render.status == "ready" for render in renders):
            await self.announce(render_ids, job.id)
        elif renders:
            await self._apologise(renders[0], (job.error or {}).get("message", ""))

    async def _apologise(self, render: Render, reason: str) -> None:
        room = await self._db.get_one(Room, render.room_id)
        title, inbox = f"{room.name}: no picture this time", NotificationService(self._db, self._resources)
        await inbox.tell(room.owner_id, "render_failed", title, reason, _link(render), room.session_id)

    async def _task(self, render: Render) -> Task:
        base = await self._db.get(Asset, render.base_asset_id) if render.base_asset_id else None
        room = await self._db.get_one(Room, render.room_id)
        style = await self._renders.style(render.style_slug) if render.style_slug else None
        return Task(
            render_id=render.id,
            room_id=render.room_id,
            session_id=render.session_id,
            variation=render.variation,
            brief=_brief(render, room, style),
            photo_key=base.storage_key if base else None,
            landscape=base is None or (base.width_px or 0) >= (base.height_px or 0),
        )


def _link(render: Render) -> str:
    """Return where the page shows a render."""
    return f"/#/s/{render.session_id}/room?room={render.room_id}&render={render.id}"


def _brief(render: Render, room: Room, style: Style | None) -> ImageBrief:
    words = f"{style.name} style. {render.style_prompt}" if style else render.style_prompt
    return ImageBrief(
        prompt=words,
        palette=tuple(colour["hex"] for colour in style.palette) if style else (),
        materials=tuple(style.materials) if style else (),
        room_type=room.type,
        variation=render.variation,
    )
