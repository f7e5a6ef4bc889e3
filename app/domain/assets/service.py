"""The rules of assets: what is accepted, how many, what may be read when."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, AssetVariant, Room
from app.domain.assets.inspect import FLOORPLAN_TYPES, HEAD_BYTES, PHOTO_TYPES, display_name, inspect
from app.domain.assets.messages import AssetProgress, MakeVariants
from app.domain.assets.repository import AssetRepository
from app.domain.assets.schemas import AssetPatch, AssetUpload
from app.domain.assets.storing import Kept, write_into
from app.domain.files import asset_folder
from app.domain.files.messages import DeleteFiles
from app.domain.rooms.service import RoomNotFound
from app.lib.errors import Conflict, NotFound
from app.lib.ids import new_id
from app.lib.schema import Reason, changes
from app.queue.ending import end_jobs
from app.queue.outbox import Outbox
from app.resources import Resources
from app.web.etags import IfMatch

PER_ROOM = 20
EXPIRED = Reason("upload-expired", "This photo was never worked on. Send it again.")
ROOM = """
select (select count(*) from assets where room_id = r.id and source = 'upload') as uploads
from rooms r where r.id = $1 and r.owner_id = $2
"""
ALLOWED = {"photo": PHOTO_TYPES, "floorplan": FLOORPLAN_TYPES}


class AssetNotFound(NotFound):
    title = "No such asset"


class TooManyAssets(Conflict):
    title = "This room has as many pictures as it can hold"


class AssetNotReady(Conflict):
    title = "This picture is not ready"


class UploadGone(Conflict):
    title = "The file that was sent is no longer here"


class AssetService:
    """A room's pictures and files."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._resources = resources
        self._assets = AssetRepository(session=db)
        self._outbox = Outbox(db)

    async def upload(self, owner_id: UUID, room_id: UUID, data: bytes, form: AssetUpload) -> Asset:
        """Accept a file for a room and order its variants.

        Raises RoomNotFound, TooManyAssets, or what inspecting its head refuses. The file is stored before anything is
        locked, because storing may take seconds; it is removed again if the room was filled meanwhile, and what a
        crash in between leaves behind, the sweep removes.
        """
        _refuse_full(await self._uploads(owner_id, room_id))
        seen = inspect(data[:HEAD_BYTES], len(data), ALLOWED[form.asset_type])
        asset_id = new_id()
        key = f"{asset_folder(asset_id)}/upload"
        await self._resources.files.put(key, data)
        try:
            room = await self._room_with_place(owner_id, room_id)
        except BaseException:
            await self._resources.files.delete(key)
            raise
        asset = Asset(
            id=asset_id,
            session_id=room.session_id,
            room_id=room.id,
            owner_id=owner_id,
            asset_type=form.asset_type,
            source="upload",
            status="processing",
            filename=display_name(form.file.filename),
            content_type=seen.content_type,
            size_bytes=len(data),
            width_px=seen.width_px,
            height_px=seen.height_px,
            caption=form.caption,
            alt_text=form.alt_text,
            upload_key=key,
        )
        self._db.add(asset)
        await self._db.flush()
        self._outbox.order(
            MakeVariants(asset.id),
            owner_id,
            session_id=room.session_id,
            room_id=room.id,
            resource=("asset", asset.id),
        )
        self._tell(asset, 0)
        return asset

    async def get(self, owner_id: UUID, asset_id: UUID) -> Asset:
        """Return one of the owner's assets. Raises AssetNotFound."""
        return _found(await self._assets.find(owner_id, asset_id), asset_id)

    async def page(self, owner_id: UUID, room_id: UUID, after: tuple[int, UUID] | None, limit: int) -> Sequence[Asset]:
        """Return assets of one of the owner's rooms. Raises RoomNotFound."""
        assets = await self._assets.page(owner_id, room_id, after, limit)
        if not assets:
            await self._uploads(owner_id, room_id)
        return assets

    async def variants_of(self, assets: Sequence[Asset]) -> dict[UUID, list[AssetVariant]]:
        """Return the variants of assets by asset."""
        return await self._assets.variants_of([asset.id for asset in assets])

    async def change(self, asset: Asset, patch: AssetPatch) -> Asset:
        """Change what a person may change of a locked asset."""
        if wanted := changes(patch):
            for name, value in wanted.items():
                setattr(asset, name, value)
            asset.version += 1
            await self._db.flush()
        return asset

    async def locked(self, owner_id: UUID, asset_id: UUID) -> Asset:
        """Return one of the owner's assets, locked. Raises AssetNotFound."""
        return _found(await self._assets.find(owner_id, asset_id, lock=True), asset_id)

    async def remove(self, owner_id: UUID, asset_id: UUID, if_match: IfMatch) -> None:
        """Delete an asset with its files, and end what is being made of it. Raises AssetNotFound."""
        await self.get(owner_id, asset_id)
        await end_jobs(self._db, resource_id=asset_id)
        asset = await self.locked(owner_id, asset_id)
        if_match.check(asset.id, asset.version)
        await self._assets.remove(asset)
        self._outbox.order(DeleteFiles(folders=(asset_folder(asset_id),)), owner_id)

    async def settle(self, asset_id: UUID, kept: Kept) -> None:
        """Make an upload ready with what was stored for it; its first bytes are removed."""
        asset = await self._db.get_one(Asset, asset_id, with_for_update=True)
        upload = asset.upload_key
        self._db.add_all(write_into(asset, kept))
        asset.version += 1
        self._tell(asset, 100)
        if upload:
            self._outbox.order(DeleteFiles(keys=(upload,)), asset.owner_id)

    async def give_up(self, asset_id: UUID, error: Reason, *, keep_upload: bool = False) -> None:
        """Make an upload failed, with the reason, and remove its bytes unless they may still be of use."""
        asset = await self._db.get(Asset, asset_id, with_for_update=True)
        if asset is None or asset.status != "processing":
            return
        asset.status = "failed"
        asset.error = {"code": error.code, "message": error.message}
        asset.version += 1
        if not keep_upload:
            self._remove_upload(asset)
        self._tell(asset, 100, error)

    async def take_up_again(self, asset_id: UUID) -> None:
        """Make a failed upload wait for its sizes again. Raises UploadGone when its bytes have been removed."""
        asset = await self._db.get(Asset, asset_id, with_for_update=True)
        if asset is None or asset.upload_key is None:
            raise UploadGone("Send it again.", asset_id=str(asset_id))
        asset.status, asset.error = "processing", None
        asset.version += 1
        self._tell(asset, 0)

    async def expire(self, limit: int) -> int:
        """Remove bytes that nobody will decode any more, an hour after they came; return how many files."""
        assets = await self._assets.expired_uploads(limit)
        for asset in assets:
            if asset.status == "processing":
                await self.give_up(asset.id, EXPIRED)
            else:
                self._remove_upload(asset)
        return len(assets)

    def _remove_upload(self, asset: Asset) -> None:
        """Remove everything that was stored for an upload that came to nothing."""
        asset.upload_key = None
        self._outbox.order(DeleteFiles(folders=(asset_folder(asset.id),)), asset.owner_id)

    async def _uploads(self, owner_id: UUID, room_id: UUID) -> int:
        """Return how many uploads one of the owner's rooms holds. Raises RoomNotFound."""
        row = await self._resources.reads.fetchrow(ROOM, room_id, owner_id)
        if row is None:
            raise RoomNotFound("Check the room id.", room_id=str(room_id))
        return row["uploads"]

    async def _room_with_place(self, owner_id: UUID, room_id: UUID) -> Room:
        room = await self._assets.lock_room(owner_id, room_id)
        if room is None:
            raise RoomNotFound("Check the room id.", room_id=str(room_id))
        _refuse_full(await self._assets.uploads_in(room_id))
        return room

    def _tell(self, asset: Asset, progress: int, error: Reason | None = None) -> None:
        self._outbox.tell(
            asset.owner_id,
            AssetProgress(
                session_id=asset.session_id,
                asset_id=asset.id,
                status=asset.status,  # type: ignore[arg-type]
                progress=progress,
                error=error,
            ),
        )


def _refuse_full(uploads: int) -> None:
    if uploads >= PER_ROOM:
        raise TooManyAssets(f"A room holds {PER_ROOM}. Delete one first.", limit=PER_ROOM)


def _found(asset: Asset | None, asset_id: UUID) -> Asset:
    if asset is None:
        raise AssetNotFound("Check the asset id.", asset_id=str(asset_id))
    return asset
