"""Every query about assets; each on someone's behalf takes their id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.db.base import Repository
from app.db.models import Asset, AssetVariant, Room
from app.lib.ids import new_id


class AssetRepository(Repository[Asset]):
    """Assets and their variants."""

    model_type = Asset

    async def find(self, owner_id: UUID, asset_id: UUID, *, lock: bool = False) -> Asset | None:
        """Return one of the owner's assets."""
        query = select(Asset).where(Asset.id == asset_id, Asset.owner_id == owner_id)
        return await self.session.scalar(query.with_for_update() if lock else query)

    async def lock_room(self, owner_id: UUID, room_id: UUID) -> Room | None:
        """Return one of the owner's rooms, locked, so that two uploads cannot both take its last place."""
        query = select(Room).where(Room.id == room_id, Room.owner_id == owner_id).with_for_update()
        return await self.session.scalar(query)

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
        """Return the variants of assets, smallest first."""
        found: dict[UUID, list[AssetVariant]] = {asset_id: [] for asset_id in asset_ids}
        query = select(AssetVariant).where(AssetVariant.asset_id.in_(asset_ids))
        for variant in await self.session.scalars(query.order_by(AssetVariant.width_px, AssetVariant.name)):
            found[variant.asset_id].append(variant)
        return found

    async def variant(self, asset_id: UUID, name: str) -> AssetVariant | None:
        """Return one variant."""
        query = select(AssetVariant).where(AssetVariant.asset_id == asset_id, AssetVariant.name == name)
        return await self.session.scalar(query)

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

    async def remove(self, asset: Asset) -> None:
        """Delete an asset's row; its variants go with it."""
        await self.session.execute(delete(Asset).where(Asset.id == asset.id))
