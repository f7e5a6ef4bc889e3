"""The rules of renders: what may be asked for, and how one begins, ends and fails."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Job, Render, Room
from app.domain.assets.service import AssetNotFound, AssetNotReady
from app.domain.renders.messages import GenerateRender, RenderProgress
from app.domain.renders.repository import RenderRepository
from app.domain.renders.schemas import RenderCreate, RenderPatch
from app.domain.rooms.service import RoomNotFound
from app.lib.errors import Conflict, NotFound, Unprocessable
from app.lib.ids import new_id
from app.queue.outbox import Outbox
from app.resources import Resources


class RenderNotFound(NotFound):
    title = "No such render"


class NoPhotoOfTheRoom(Conflict):
    title = "There is no photo of this room yet"


class UnknownStyle(Unprocessable):
    title = "No such style"


class NotAPicture(Unprocessable):
    title = "This cannot be restyled"


class RenderNotReady(Conflict):
    title = "There is no picture to judge yet"


class RenderService:
    """Renders on their owner's behalf."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._resources = resources
        self._renders = RenderRepository(session=db)
        self._outbox = Outbox(db)

    async def request(self, owner_id: UUID, wish: RenderCreate) -> list[Render]:
        """Queue pictures of one of the owner's rooms: one job, a render for each variation.

        Raises RoomNotFound, AssetNotFound, AssetNotReady, NoPhotoOfTheRoom, NotAPicture, UnknownStyle.
        """
        room = await self._renders.room(owner_id, wish.session_id, wish.room_id)
        if room is None:
            raise RoomNotFound("Check the room id, and that it is in this session.", room_id=str(wish.room_id))
        if wish.style_slug and await self._renders.style(wish.style_slug) is None:
            raise UnknownStyle("GET /api/styles lists them.", style_slug=wish.style_slug)
        base = await self._base(owner_id, room, wish)
        parent_id = await self._renders.parent_of(base.id) if base else None
        renders = [self._render(room, wish, base, parent_id, number) for number in range(wish.variations)]
        job_id = self._outbox.order(
            GenerateRender(tuple(render.id for render in renders)),
            owner_id,
            session_id=room.session_id,
            room_id=room.id,
            resource=("render", renders[0].id),
        )
        await self._db.flush()
        for render in renders:
            render.job_id = job_id
            self._db.add(render)
            self._outbox.tell(owner_id, _queued(render, job_id))
        await self._db.flush()
        return renders

    async def get(self, owner_id: UUID, render_id: UUID) -> Render:
        """Return one of the owner's renders. Raises RenderNotFound."""
        return _found(await self._renders.find(owner_id, render_id))

    async def page(self, owner_id: UUID, room_id: UUID, before: UUID | None, limit: int) -> Sequence[Render]:
        """Return the newest renders of one of the owner's rooms. Raises RoomNotFound."""
        renders = await self._renders.page(owner_id, room_id, before, limit)
        if not renders:
            room = await self._db.get(Room, room_id)
            if room is None or room.owner_id != owner_id:
                raise RoomNotFound("Check the room id.", room_id=str(room_id))
        return renders

    async def locked(self, owner_id: UUID, render_id: UUID) -> Render:
        """Return one of the owner's renders, locked. Raises RenderNotFound."""
        return _found(await self._renders.find(owner_id, render_id, lock=True))

    async def judge(self, render: Render, patch: RenderPatch) -> Render:
        """Record whether the owner likes a picture. Raises RenderNotReady."""
        if render.status != "ready":
            raise RenderNotReady(f"It is {render.status}.", render_status=render.status)
        if render.approval_status != patch.approval_status:
            render.approval_status = patch.approval_status
            render.version += 1
            await self._db.flush()
        return render

    async def queue_again(self, job: Job, render_ids: Sequence[UUID]) -> None:
        """Take renders whose job is asked for again back to the start; those that are ready stay so."""
        for render in await self._renders.of_order(render_ids):
            if render.status != "ready":
                render.status, render.error, render.finished_at = "queued", None, None
                render.version += 1
                self._outbox.tell(render.owner_id, _queued(render, job.id))

    async def _base(self, owner_id: UUID, room: Room, wish: RenderCreate) -> Asset | None:
        """Return the picture to restyle: the one named, else the room's newest photo; None from scratch."""
        if wish.mode == "from_scratch" and wish.base_asset_id is None:
            return None
        if wish.base_asset_id is None:
            photo = await self._renders.newest_photo(room.id)
            if photo is None:
                raise NoPhotoOfTheRoom("Upload a photo first, or ask for mode from_scratch.")
            return photo
        base = await self._renders.picture(owner_id, room.id, wish.base_asset_id)
        if base is None:
            raise AssetNotFound("Check baseAssetId, and that it is in this room.", asset_id=str(wish.base_asset_id))
        if base.asset_type not in ("photo", "render"):
            raise NotAPicture("Name a photo of the room, or an earlier picture of it.", asset_type=base.asset_type)
        if base.status == "failed":
            raise AssetNotReady("It could not be read; its `error` says why.", asset_status=base.status)
        return base

    def _render(
        self, room: Room, wish: RenderCreate, base: Asset | None, parent_id: UUID | None, number: int
    ) -> Render:
        return Render(
            id=new_id(),
            session_id=room.session_id,
            room_id=room.id,
            owner_id=room.owner_id,
            mode=wish.mode,
            style_prompt=wish.style_prompt,
            style_slug=wish.style_slug,
            variation=number,
            base_asset_id=base.id if base else None,
            parent_render_id=parent_id,
            status="queued",
            approval_status="pending",
        )


def _queued(render: Render, job_id: UUID) -> RenderProgress:
    return RenderProgress(
        session_id=render.session_id,
        render_id=render.id,
        job_id=job_id,
        room_id=render.room_id,
        progress=0,
        stage="queued",
    )


def _found(render: Render | None) -> Render:
    if render is None:
        raise RenderNotFound("Check the render id.")
    return render
