"""Every query about rooms. Each names the owner, so that somebody else's id finds nothing."""

from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import delete, select, update

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import RenovationSession, Room
from app.domain.rooms.schemas import (
    ChecklistItemView,
    ChecklistView,
    DimensionsView,
    RequirementsView,
    RoomView,
)
from app.lib.money import amount_out

COLUMNS = """r.id, r.session_id, r.name, r.type, r.budget, r.version, r.created_at, r.updated_at,
    r.dimensions::text, r.requirements::text"""  # as text: msgspec makes structs of it at once
PAGE = f"""
    SELECT {COLUMNS} FROM renovation_sessions s
    LEFT JOIN LATERAL (
        SELECT * FROM rooms WHERE session_id = s.id AND id > $3 ORDER BY id LIMIT $4
    ) r ON true
    WHERE s.owner_id = $1 AND s.id = $2 ORDER BY r.id
"""  # noqa: S608 - the columns are ours
ONE = f"SELECT {COLUMNS} FROM rooms r WHERE r.owner_id = $1 AND r.id = $2"  # noqa: S608
CHECKLIST = "SELECT id, checklist::text, checklist_version FROM rooms WHERE owner_id = $1 AND id = $2"
OLDEST = (UUID(int=0),)

_dimensions = msgspec.json.Decoder(DimensionsView)
_requirements = msgspec.json.Decoder(RequirementsView)
_items = msgspec.json.Decoder(list[ChecklistItemView])


class RoomRepository(Repository[Room]):
    """What the service changes."""

    model_type = Room

    async def lock_session(self, owner_id: UUID, session_id: UUID) -> bool:
        """Lock a session against other changes of its rooms until the transaction ends; False when it is not theirs."""
        query = select(RenovationSession.id).where(
            RenovationSession.id == session_id, RenovationSession.owner_id == owner_id
        )
        return await self.session.scalar(query.with_for_update(key_share=True)) is not None

    async def lock_session_of(self, owner_id: UUID, room_id: UUID) -> UUID | None:
        """Lock the session of a room in the same way, and return its id."""
        of_room = select(Room.session_id).where(Room.id == room_id, Room.owner_id == owner_id).scalar_subquery()
        query = select(RenovationSession.id).where(RenovationSession.id == of_room)
        return await self.session.scalar(query.with_for_update(key_share=True))

    async def of_session(self, session_id: UUID) -> list[Room]:
        """Return the rooms of a locked session as they are now, oldest first."""
        query = select(Room).where(Room.session_id == session_id).order_by(Room.id)
        return list(await self.session.scalars(query.execution_options(populate_existing=True)))

    async def hold(self, room: Room) -> None:
        """Lock a room so that nothing new can refer to it until the transaction ends."""
        await self.session.execute(select(Room.id).where(Room.id == room.id).with_for_update())

    async def set_checklist(self, room: Room, items: list[dict[str, object]]) -> None:
        """Write a locked room's checklist. The room itself counts as unchanged, as its own ETag says."""
        statement = (
            update(Room)
            .where(Room.id == room.id)
            .values(
                checklist=items,
                checklist_version=Room.checklist_version + 1,
                updated_at=Room.updated_at,
            )
        )
        await self.session.execute(statement.execution_options(synchronize_session=False))

    async def remove(self, room: Room) -> None:
        """Delete a room; the database deletes what hangs from it."""
        await self.session.execute(delete(Room).where(Room.id == room.id))


class RoomReads:
    """What every page asks for first, in plain SQL straight into what is sent: a third of the ORM's time."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def after(
        self, owner_id: UUID, session_id: UUID, place: tuple[UUID] | None, count: int
    ) -> list[RoomView] | None:
        """Return a session's rooms after a place, oldest first; None when the session is not theirs. One query."""
        (after,) = place or OLDEST
        rows = await self._reads.fetch(PAGE, owner_id, session_id, after, count)
        return [_view(row) for row in rows if row["id"]] if rows else None

    async def find(self, owner_id: UUID, room_id: UUID) -> RoomView | None:
        """Return one room."""
        row = await self._reads.fetchrow(ONE, owner_id, room_id)
        return None if row is None else _view(row)

    async def checklist(self, owner_id: UUID, room_id: UUID) -> ChecklistView | None:
        """Return a room's checklist."""
        row = await self._reads.fetchrow(CHECKLIST, owner_id, room_id)
        if row is None:
            return None
        return ChecklistView(room_id=row["id"], items=_items.decode(row["checklist"]), version=row["checklist_version"])


def _view(row: asyncpg.Record) -> RoomView:
    return RoomView(
        id=row["id"],
        session_id=row["session_id"],
        name=row["name"],
        type=row["type"],
        budget=amount_out(row["budget"]),
        dimensions=_dimensions.decode(row["dimensions"]) if row["dimensions"] else None,
        requirements=_requirements.decode(row["requirements"]),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
