"""Every query about assets; each on someone's behalf takes their id."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.db.base import Repository
from app.db.models import Asset, AssetVariant, Job, RenovationSession, Room
from app.domain.assets.ladder import DEFAULT_FORMAT, DEFAULT_QUALITY, THUMBNAIL
from app.lib.ids import new_id
from app.queue.ending import UNFINISHED

UPLOADS_KEPT = timedelta(hours=1)


class AssetRepository(Repository[Asset]):
    """Assets and their variants."""

    model_type = Asset

    async def find(self, owner_id: UUID, asset_id: UUID, *, lock: bool = False) -> Asset | None:
        """Return one of the owner's assets."""
        query = select(Asset).where(Asset.id == asset_id, Asset.owner_id == owner_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return await self.session.scalar(query)

    async def lock_room(self, owner_id: UUID, room_id: UUID) -> Room | None:
        """Return one of the owner's rooms, held until the transaction ends: no second upload takes its last place.

        It is its session that is locked, as by all who add to a session or delete from it: whoever deletes the room
        sees the new file, and nobody waits for a room with the session in hand.
        """
        of_room = select(Room.session_id).where(Room.id == room_id, Room.owner_id == owner_id).scalar_subquery()
        session = select(RenovationSession.id).where(RenovationSession.id == of_room)
        if await self.session.scalar(session.with_for_update(key_share=True)) is None:
            return None
        return await self.session.scalar(select(Room).where(Room.id == room_id, Room.owner_id == owner_id))

    async def uploads_in(self, room_id: UUID) -> int:
        """Return how many uploads a room holds."""
        query = select(func.count()).where(Asset.room_id == room_id, Asset.source == "upload")
        return await self.session.scalar(query) or 0

    async def page(self, owner_id: UUID, room_id: UUID, after: tuple[int, UUID] | None, limit: int) -> Sequence[Asset]:
        """Return the next assets of a room by position, then age."""
        query = select(Asset).where(Asset.room_id == room_id, Asset.owner_id == owner_id)
        if after is not None:
            place, asset_id = after
            query = query.where((Asset.position > place) | ((Asset.position == place) & (Asset.id > asset_id)))
        return (await self.session.scalars(query.order_by(Asset.position, Asset.id).limit(limit))).all()

    async def variants_of(self, asset_ids: Sequence[UUID]) -> dict[UUID, list[AssetVariant]]:
        """Return the variants that assets were made ready with, smallest first.

        Those made on request later are left out: an asset's ETag tells its version, so the same version must not
        look different after somebody asked for another size.
        """
        found: dict[UUID, list[AssetVariant]] = {asset_id: [] for asset_id in asset_ids}
        standard = AssetVariant.name.like(f"%-{DEFAULT_QUALITY}.{DEFAULT_FORMAT}") | (AssetVariant.name == THUMBNAIL)
        query = select(AssetVariant).where(AssetVariant.asset_id.in_(asset_ids), standard)
        for variant in await self.session.scalars(query.order_by(AssetVariant.width_px, AssetVariant.name)):
            found[variant.asset_id].append(variant)
        return found

    async def has_variant(self, asset_id: UUID, name: str) -> bool:
        """Tell whether a variant exists."""
        query = select(AssetVariant.id).where(AssetVariant.asset_id == asset_id, AssetVariant.name == name)
        return await self.session.scalar(query) is not None

    async def is_ordered(self, asset_id: UUID, kind: str, body: dict[str, Any]) -> bool:
        """Tell whether a job with this order waits or runs for an asset."""
        query = select(Job.id).where(Job.resource_id == asset_id, Job.kind == kind, Job.body == body)
        return await self.session.scalar(query.where(Job.status.in_(UNFINISHED)).limit(1)) is not None

    async def one_at_a_time(self, name: str) -> None:
        """Wait until nobody else does what goes by this name; ours until the transaction ends."""
        await self.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    async def add_variant(self, variant: AssetVariant) -> bool:
        """Write a variant unless its name is taken; return whether it was written."""
        values = {
            "id": new_id(),
            "asset_id": variant.asset_id,
            "name": variant.name,
            "content_type": variant.content_type,
            "storage_key": variant.storage_key,
            "size_bytes": variant.size_bytes,
            "width_px": variant.width_px,
            "height_px": variant.height_px,
        }
        statement = insert(AssetVariant).values(**values).on_conflict_do_nothing().returning(AssetVariant.id)
        return await self.session.scalar(statement) is not None

    async def expired_uploads(self, limit: int) -> Sequence[Asset]:
        """Return locked assets, an hour old or more, whose uploaded bytes no job will ever read."""
        job = select(Job.id).where(Job.resource_id == Asset.id, Job.status.in_(UNFINISHED)).exists()
        old = Asset.updated_at < func.now() - UPLOADS_KEPT
        query = select(Asset).where(Asset.upload_key.is_not(None), Asset.status != "ready", old, ~job)
        return (await self.session.scalars(query.limit(limit).with_for_update(skip_locked=True))).all()

    async def remove(self, asset: Asset) -> None:
        """Delete an asset's row; its variants go with it."""
        await self.session.execute(delete(Asset).where(Asset.id == asset.id))
