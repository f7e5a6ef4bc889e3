"""Every query about renders; each on someone's behalf takes their id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.db.base import Repository
from app.db.models import Asset, AssetVariant, Render, RenovationSession, Room, Style

NEWEST = UUID(int=2**128 - 1)


class RenderRepository(Repository[Render]):
    """Renders, and what a wish for one refers to."""

    model_type = Render

    async def find(self, owner_id: UUID, render_id: UUID, *, lock: bool = False) -> Render | None:
        """Return one of the owner's renders."""
        query = select(Render).where(Render.id == render_id, Render.owner_id == owner_id)
        return await self.session.scalar(query.with_for_update() if lock else query)

    async def page(self, owner_id: UUID, room_id: UUID, before: UUID | None, limit: int) -> Sequence[Render]:
        """Return the newest renders of a room before one."""
        query = select(Render).where(
            Render.room_id == room_id, Render.owner_id == owner_id, Render.id < (before or NEWEST)
        )
        return (await self.session.scalars(query.order_by(Render.id.desc()).limit(limit))).all()

    async def of_order(self, render_ids: Sequence[UUID]) -> Sequence[Render]:
        """Return the renders of one order in the order of their variations, locked; deleted ones are missing."""
        query = select(Render).where(Render.id.in_(render_ids)).order_by(Render.variation).with_for_update()
        return (await self.session.scalars(query.execution_options(populate_existing=True))).all()

    async def room(self, owner_id: UUID, session_id: UUID, room_id: UUID) -> Room | None:
        """Return one of the owner's rooms, if it is in this session; neither goes before the transaction ends.

        The session is held first, as by those who delete either: the order's own rows would hold them in any order.
        """
        session = select(RenovationSession.id).where(
            RenovationSession.id == session_id, RenovationSession.owner_id == owner_id
        )
        if await self.session.scalar(session.with_for_update(read=True, key_share=True)) is None:
            return None
        room = select(Room).where(Room.id == room_id, Room.owner_id == owner_id, Room.session_id == session_id)
        return await self.session.scalar(room.with_for_update(read=True, key_share=True))

    async def picture(self, owner_id: UUID, room_id: UUID, asset_id: UUID) -> Asset | None:
        """Return a picture of a room that a render can be based on."""
        query = select(Asset).where(Asset.id == asset_id, Asset.owner_id == owner_id, Asset.room_id == room_id)
        return await self.session.scalar(query)

    async def newest_photo(self, room_id: UUID) -> Asset | None:
        """Return the newest photo of a room that has not failed."""
        query = select(Asset).where(Asset.room_id == room_id, Asset.asset_type == "photo", Asset.status != "failed")
        return await self.session.scalar(query.order_by(Asset.id.desc()).limit(1))

    async def parent_of(self, asset_id: UUID) -> UUID | None:
        """Return the render an asset is the result of."""
        return await self.session.scalar(select(Render.id).where(Render.asset_id == asset_id).limit(1))

    async def style(self, slug: str) -> Style | None:
        """Return a style."""
        return await self.session.scalar(select(Style).where(Style.slug == slug))

    async def mail_picture(self, render_id: UUID, max_bytes: int) -> str | None:
        """Return the storage key of the widest JPEG of a render that a mail can carry."""
        query = select(AssetVariant.storage_key).join(Render, Render.asset_id == AssetVariant.asset_id)
        query = query.where(Render.id == render_id, AssetVariant.content_type == "image/jpeg")
        query = query.where(AssetVariant.size_bytes <= max_bytes)
        return await self.session.scalar(query.order_by(AssetVariant.width_px.desc()).limit(1))
