"""What travels: an asset and its variants."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar.datastructures import UploadFile
from msgspec import UNSET, Meta, UnsetType

from app.db.models import Asset, AssetVariant
from app.lib.schema import Reason, Schema, Text500, View

AssetType = Literal["photo", "floorplan", "render", "document"]
AssetStatus = Literal["processing", "ready", "failed"]


class AssetUpload(Schema):
    """The upload form."""

    file: UploadFile
    asset_type: Literal["photo", "floorplan"] = "photo"
    caption: Text500 | None = None
    alt_text: Text500 | None = None


class AssetPatch(Schema):
    """What may change of an asset; null clears."""

    caption: Text500 | UnsetType | None = UNSET
    alt_text: Text500 | UnsetType | None = UNSET
    position: Annotated[int, Meta(ge=0, le=1_000)] | UnsetType = UNSET


class VariantView(View):
    """One size that exists already; others are made when asked for."""

    name: str
    content_type: str
    width_px: int
    height_px: int
    size_bytes: int
    url: str


class AssetView(View):
    """A picture or file of a room. `sha256`, size and pixels are those of the kept original."""

    id: UUID
    session_id: UUID
    room_id: UUID
    asset_type: AssetType
    source: Literal["upload", "render"]
    status: AssetStatus
    filename: str
    content_type: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    sha256: str | None
    caption: str | None
    alt_text: str | None
    position: int
    content_url: str
    variants: list[VariantView]
    error: Reason | None
    created_at: datetime


class AssetPage(View):
    """One page of a room's assets, in their order."""

    items: list[AssetView]
    next_cursor: str | None


def content_url(asset_id: UUID) -> str:
    """Return where an asset's bytes are served."""
    return f"/api/assets/{asset_id}/content"


def asset_view(asset: Asset, variants: Iterable[AssetVariant]) -> AssetView:
    """Return an asset as people see it."""
    return AssetView(
        id=asset.id,
        session_id=asset.session_id,
        room_id=asset.room_id,
        asset_type=asset.asset_type,  # type: ignore[arg-type]
        source=asset.source,  # type: ignore[arg-type]
        status=asset.status,  # type: ignore[arg-type]
        filename=asset.filename,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        width_px=asset.width_px,
        height_px=asset.height_px,
        sha256=asset.sha256,
        caption=asset.caption,
        alt_text=asset.alt_text,
        position=asset.position,
        content_url=content_url(asset.id),
        variants=[_variant_view(asset.id, variant) for variant in variants],
        error=Reason(asset.error["code"], asset.error["message"]) if asset.error else None,
        created_at=asset.created_at,
    )


def _variant_view(asset_id: UUID, variant: AssetVariant) -> VariantView:
    rung, _, kind = variant.name.partition(".")
    width, _, quality = rung.partition("-")
    query = f"width={width}&quality={quality}&format={kind}" if quality else "variant=thumbnail"
    return VariantView(
        name=variant.name,
        content_type=variant.content_type,
        width_px=variant.width_px,
        height_px=variant.height_px,
        size_bytes=variant.size_bytes,
        url=f"{content_url(asset_id)}?{query}",
    )
