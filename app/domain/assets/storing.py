"""Putting a settled picture and its ladder into the file store, before the rows that will name them."""

import asyncio
from uuid import UUID

import msgspec

from app.db.models import Asset, AssetVariant
from app.domain.assets.damage import Settled, Variant
from app.domain.files import asset_folder
from app.lib.ids import new_id
from app.vendors.storage import Files

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


class Kept(msgspec.Struct, frozen=True):
    """A picture whose files are stored, ready to be written into its rows."""

    storage_key: str
    settled: Settled
    variants: tuple[tuple[Variant, str], ...]  # each with its storage key


async def keep(files: Files, asset_id: UUID, token: int, settled: Settled, variants: list[Variant]) -> Kept:
    """Store a picture and its variants.

    The token is in their names: a run that lost its lease cannot overwrite what the winner's rows point to.
    """
    folder = f"{asset_folder(asset_id)}/{token}"
    original = f"{folder}/original.{EXTENSIONS[settled.content_type]}"
    named = tuple((variant, f"{folder}/{variant.key}") for variant in variants)
    await asyncio.gather(files.put(original, settled.data), *(files.put(key, variant.data) for variant, key in named))
    return Kept(original, settled, named)


def write_into(asset: Asset, kept: Kept) -> list[AssetVariant]:
    """Make an asset ready and return the rows of its variants."""
    asset.status = "ready"
    asset.content_type = kept.settled.content_type
    asset.size_bytes = len(kept.settled.data)
    asset.width_px, asset.height_px = kept.settled.width_px, kept.settled.height_px
    asset.sha256 = kept.settled.sha256
    asset.storage_key = kept.storage_key
    asset.upload_key = asset.error = None
    return [variant_row(asset.id, variant, key) for variant, key in kept.variants]


def variant_row(asset_id: UUID, variant: Variant, storage_key: str) -> AssetVariant:
    """Return the row of a stored variant."""
    return AssetVariant(
        id=new_id(),
        asset_id=asset_id,
        name=variant.key,
        content_type=variant.content_type,
        storage_key=storage_key,
        size_bytes=len(variant.data),
        width_px=variant.width_px,
        height_px=variant.height_px,
    )
