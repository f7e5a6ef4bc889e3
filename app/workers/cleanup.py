"""Clean-up: what time makes useless, and files that no row names."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from app.db.models import Asset, AssetVariant
from app.domain.assets.service import AssetService
from app.lib.clock import now
from app.queue.declare import JOB_TYPES
from app.resources import Resources
from app.vendors.storage import StoredFile

ORPHAN_AGE = timedelta(hours=1)  # an upload or a drawing under way stores its files before its rows
SWEEP_BATCH = 200
UPLOADS, ROWS = 100, 5_000  # at most so many in one transaction; who finds some is called again at once
OUT_OF_DATE = {
    "idempotency_keys": "created_at < now() - interval '24 hours'",
    "login_sessions": "expires_at < now()",
    "jobs": "kind = any(:chores) and status in ('succeeded', 'cancelled') and finished_at < now() - interval '7 days'",
}


async def clean_up(resources: Resources, rows: int = ROWS) -> int:
    """Delete stored answers, logins, finished chores and unread uploads that are out of date; return how many went."""
    async with resources.transaction() as db:
        gone = await AssetService(db, resources).expire(UPLOADS)
    chores = bindparam("chores", [name for name, kind in JOB_TYPES.items() if not kind.visible], ARRAY(TEXT))
    for table, condition in OUT_OF_DATE.items():
        some = f"select ctid from {table} where {condition} limit {rows}"  # noqa: S608 - ours
        statement = text(f"delete from {table} where ctid = any(array({some}))")  # noqa: S608
        async with resources.transaction() as db:
            done = await db.execute(statement.bindparams(chores) if ":chores" in condition else statement)
            gone += done.rowcount  # type: ignore[attr-defined]
    return gone


async def sweep_files(resources: Resources, batch_size: int = SWEEP_BATCH) -> int:
    """Delete stored files older than an hour that no row names: what a crash left, or a run that lost its lease."""
    gone = 0
    async for batch in _batches(resources, batch_size):
        named = await _named(resources, [file.key for file in batch])
        orphans = [file.key for file in batch if file.key not in named]
        await resources.files.delete(*orphans)
        gone += len(orphans)
    return gone


async def _batches(resources: Resources, size: int) -> AsyncIterator[list[StoredFile]]:
    batch: list[StoredFile] = []
    async for file in resources.files.list("assets"):
        if file.modified_at < now() - ORPHAN_AGE and _asset_id(file.key):
            batch.append(file)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _asset_id(key: str) -> UUID | None:
    """Return whose file it is; None for one that is not of our making, which stays."""
    try:
        return UUID(key.split("/")[1])
    except ValueError:
        return None


async def _named(resources: Resources, keys: list[str]) -> set[str]:
    """Return those of the keys that a row names. Asset ids come from the keys, so that indexes find the rows."""
    ids = {_asset_id(key) for key in keys}
    async with resources.sessions() as db:
        assets = await db.execute(select(Asset.storage_key, Asset.upload_key).where(Asset.id.in_(ids)))
        variants = await db.scalars(select(AssetVariant.storage_key).where(AssetVariant.asset_id.in_(ids)))
        return {key for row in assets for key in row if key} | set(variants)
