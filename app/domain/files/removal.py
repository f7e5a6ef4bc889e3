"""Ordering the removal of everything stored for a session or a room, in the transaction that deletes its rows."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset
from app.domain.files import asset_folder
from app.domain.files.messages import DeleteFiles
from app.queue.outbox import Outbox

FOLDERS_PER_JOB = 100  # a job's time limit is enough for so many


async def remove_files_of_session(db: AsyncSession, owner_id: UUID, session_id: UUID) -> None:
    """Order the removal of every file of a session; call it before its rows are deleted."""
    await _remove(db, owner_id, Asset.session_id == session_id)


async def remove_files_of_room(db: AsyncSession, owner_id: UUID, room_id: UUID) -> None:
    """Order the removal of every file of a room; call it before its rows are deleted."""
    await _remove(db, owner_id, Asset.room_id == room_id)


async def _remove(db: AsyncSession, owner_id: UUID, which: ColumnElement[bool]) -> None:
    ids = (await db.scalars(select(Asset.id).where(which, Asset.owner_id == owner_id))).all()
    outbox = Outbox(db)
    for start in range(0, len(ids), FOLDERS_PER_JOB):
        folders = tuple(asset_folder(asset_id) for asset_id in ids[start : start + FOLDERS_PER_JOB])
        outbox.order(DeleteFiles(folders=folders), owner_id)
