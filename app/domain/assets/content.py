"""Which stored bytes answer a request for a picture's content; what does not exist yet is made once and waited for."""

import asyncio
from pathlib import PurePosixPath
from uuid import UUID

import msgspec
from asyncpg import Record as Row

from app.domain.assets.ladder import (
    DEFAULT_FORMAT,
    DEFAULT_QUALITY,
    LADDER,
    THUMBNAIL,
    Format,
    snap,
    snap_quality,
    variant_key,
)
from app.domain.assets.messages import MakeVariant
from app.domain.assets.repository import AssetRepository
from app.domain.assets.service import AssetNotFound, AssetNotReady
from app.lib.errors import NotFound, TemporarilyUnavailable
from app.queue.outbox import Outbox
from app.resources import Resources

WAIT_S = 10.0
POLL_S = (0.05, 0.4)  # the first look, and the pause they grow to
SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
FIND = """
select a.status, a.asset_type, a.content_type, a.filename, a.storage_key, a.size_bytes, a.sha256, a.width_px,
       a.session_id, a.room_id,
       v.storage_key as variant_key, v.size_bytes as variant_bytes, v.content_type as variant_type
from assets a left join asset_variants v on v.asset_id = a.id and v.name = $3
where a.id = $1 and a.owner_id = $2
"""


class PictureHasNoSizes(NotFound):
    title = "This file comes in one size only"


class Wish(msgspec.Struct, frozen=True):
    """What is asked for; nothing set means the original."""

    width: int | None = None
    quality: int | None = None
    format: Format | None = None
    variant: str | None = None

    @property
    def original(self) -> bool:
        """Whether the kept original is wanted."""
        return (self.width, self.quality, self.format, self.variant) == (None, None, None, None)


class Content(msgspec.Struct, frozen=True):
    """Bytes to send."""

    storage_key: str
    content_type: str
    size_bytes: int
    etag: str
    filename: str
    inline: bool


class ContentService:
    """Finds stored bytes for their owner."""

    def __init__(self, resources: Resources, wait_s: float = WAIT_S) -> None:
        self._resources = resources
        self._wait_s = wait_s

    async def find(self, owner_id: UUID, asset_id: UUID, wish: Wish) -> Content:
        """Return what answers a wish. Raises AssetNotFound, AssetNotReady, or TemporarilyUnavailable after 10 s."""
        asset = await self._row(owner_id, asset_id, "")
        if wish.original:
            return _original(asset)
        if asset["width_px"] is None:
            raise PictureHasNoSizes("Ask for it without width, quality and format.")
        name = _name(wish, asset["width_px"])
        row = await self._row(owner_id, asset_id, name)
        if row["variant_key"] is None:
            row = await self._made(owner_id, asset_id, name, row)
        filename = f"{PurePosixPath(row['filename']).stem}-{name}"
        return Content(
            row["variant_key"], row["variant_type"], row["variant_bytes"], _etag(row, name), filename, inline=True
        )

    async def _row(self, owner_id: UUID, asset_id: UUID, name: str) -> Row:
        row = await self._resources.reads.fetchrow(FIND, asset_id, owner_id, name)
        if row is None:
            raise AssetNotFound("Check the asset id.", asset_id=str(asset_id))
        if row["status"] != "ready":
            words = "It could not be read; its `error` says why." if row["status"] == "failed" else "Wait a moment."
            raise AssetNotReady(words, asset_status=row["status"])
        return row

    async def _made(self, owner_id: UUID, asset_id: UUID, name: str, row: Row) -> Row:
        """Order a variant unless it is being made, and wait for it."""
        await self._order(owner_id, asset_id, name, row)
        clock = asyncio.get_running_loop().time
        patient_until, pause = clock() + self._wait_s, POLL_S[0]
        while clock() < patient_until:
            await asyncio.sleep(pause)
            row = await self._row(owner_id, asset_id, name)
            if row["variant_key"] is not None:
                return row
            pause = min(2 * pause, POLL_S[1])
        raise TemporarilyUnavailable("This size is still being made.", retry_after_s=3)

    async def _order(self, owner_id: UUID, asset_id: UUID, name: str, row: Row) -> None:
        """Write the order in a transaction of its own: this request waits for it, so it must be committed now."""
        rung, _, kind = name.partition(".")
        width, _, quality = rung.partition("-")
        order = MakeVariant(asset_id, int(width), int(quality), kind)
        async with self._resources.transaction() as db:
            assets = AssetRepository(session=db)
            await assets.one_at_a_time(f"variant:{asset_id}:{name}")
            ordered = await assets.is_ordered(asset_id, order.kind, msgspec.to_builtins(order))
            if ordered or await assets.has_variant(asset_id, name):
                return
            where = {"session_id": row["session_id"], "room_id": row["room_id"]}
            Outbox(db).order(order, owner_id, **where, resource=("asset", asset_id))


def _name(wish: Wish, original_width: int) -> str:
    if wish.variant is not None:
        return THUMBNAIL
    width = snap(wish.width or LADDER[-1], original_width)
    return variant_key(width, snap_quality(wish.quality or DEFAULT_QUALITY), wish.format or DEFAULT_FORMAT)


def _original(row: Row) -> Content:
    kind, name = row["content_type"], PurePosixPath(row["filename"])
    if name.suffix.lower() not in SUFFIXES[kind]:  # an iPhone's picture was kept as JPEG
        name = PurePosixPath(f"{name.stem}{SUFFIXES[kind][0]}")
    inline = kind != "application/pdf"  # pictures are shown; what may run in a browser is only ever downloaded
    return Content(row["storage_key"], kind, row["size_bytes"], _etag(row, "original"), str(name), inline)


def _etag(row: Row, name: str) -> str:
    return f'"{row["sha256"][:32]}-{name}"'
