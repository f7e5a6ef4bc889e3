"""Clean-up: what time makes useless, and files that no row names."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from app.db.models import Asset, AssetVariant, IdempotencyKey, Job, LoginSession
from app.lib.clock import now
from app.resources import Resources
from app.vendors.storage import StoredFile

KEYS_KEPT = timedelta(hours=24)
CHORES_KEPT = timedelta(days=7)
ORPHAN_AGE = timedelta(hours=1)  # an upload or a drawing under way stores its files before its rows
SWEEP_BATCH = 200


async def clean_up(resources: Resources) -> int:
    """Delete stored answers, logins and finished chores that are out of date; return how many rows went."""
    gone = 0
    chores = Job.kind.in_(("email.send", "upkeep.delete_files", "image.variant"))
    for statement in (
        delete(IdempotencyKey).where(IdempotencyKey.created_at < func.now() - KEYS_KEPT),
        delete(LoginSession).where(LoginSession.expires_at < func.now()),
        delete(Job).where(Job.status == "succeeded", chores, Job.finished_at < func.now() - CHORES_KEPT),
    ):
        async with resources.transaction() as db:
            gone += (await db.execute(statement)).rowcount  # type: ignore[attr-defined]
    return gone


async def sweep_files(resources: Resources) -> int:
    """Delete stored files older than an hour that no row names: what a crash left, or a run that lost its lease."""
    gone = 0
    async for batch in _batches(resources):
        named = await _named(resources, [file.key for file in batch])
        orphans = [file.key for file in batch if file.key not in named]
        await resources.files.delete(*orphans)
        gone += len(orphans)
    return gone


async def _batches(resources: Resources) -> AsyncIterator[list[StoredFile]]:
    batch: list[StoredFile] = []
    async for file in resources.files.list("assets"):
        if file.modified_at < now() - ORPHAN_AGE:
            batch.append(file)
        if len(batch) == SWEEP_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _named(resources: Resources, keys: list[str]) -> set[str]:
    """Return those of the keys that a row names. Asset ids come from the keys, so that indexes find the rows."""
    ids = {UUID(key.split("/")[1]) for key in keys}
    async with resources.sessions() as db:
        assets = await db.execute(select(Asset.storage_key, Asset.upload_key).where(Asset.id.in_(ids)))
        variants = await db.scalars(select(AssetVariant.storage_key).where(AssetVariant.asset_id.in_(ids)))
        return {key for row in assets for key in row if key} | set(variants)
