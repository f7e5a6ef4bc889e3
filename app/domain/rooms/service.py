"""What can be done with the rooms of a renovation."""

from collections.abc import Container, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Room
from app.domain.files.removal import remove_files_of_room
from app.domain.rooms.messages import RoomsUpdated
from app.domain.rooms.repository import RoomReads, RoomRepository
from app.domain.rooms.schemas import SYNONYMS, Requirements, RoomCreate, RoomPatch, RoomView, room_view
from app.domain.sessions.service import SessionNotFound
from app.lib.errors import Conflict, NotFound, PreconditionFailed
from app.lib.money import amount_in
from app.lib.schema import changes
from app.queue.ending import end_jobs
from app.queue.outbox import Outbox
from app.resources import Resources

MAX_ROOMS = 40


class RoomNotFound(NotFound):
    """No such room, or somebody else's."""

    title = "No such room"


class RoomChanged(PreconditionFailed):
    """The room is no longer at the version that was asked for."""

    title = "The room has changed in the meantime"


class TooManyRooms(Conflict):
    """The session holds as many rooms as it may."""

    title = "This renovation has as many rooms as it may"


class RoomService:
    """Rooms of one owner at a time. `only`: the versions a change is meant for; None takes whatever there is."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._rooms = RoomRepository(session=db)
        self._reads = RoomReads(resources.reads)
        self._outbox = Outbox(db)

    async def page(self, owner_id: UUID, session_id: UUID, after: UUID | None, limit: int) -> Sequence[RoomView]:
        """Return a session's rooms, oldest first. Raises SessionNotFound."""
        rooms = await self._reads.page(owner_id, session_id, after, limit)
        if rooms is None:
            raise SessionNotFound("Check the session id.", session_id=str(session_id))
        return rooms

    async def get(self, owner_id: UUID, room_id: UUID) -> RoomView:
        """Return a room. Raises RoomNotFound."""
        if found := await self._reads.find(owner_id, room_id):
            return found
        raise RoomNotFound("Check the room id.", room_id=str(room_id))

    async def create(self, owner_id: UUID, session_id: UUID, wish: RoomCreate) -> RoomView:
        """Add a room. Raises SessionNotFound, TooManyRooms."""
        if not await self._rooms.lock_session(owner_id, session_id):
            raise SessionNotFound("Check the session id.", session_id=str(session_id))
        rooms = await self._rooms.of_session(session_id)
        if len(rooms) >= MAX_ROOMS:
            raise TooManyRooms("Delete one first.", limit=MAX_ROOMS)
        values = columns({"requirements": None} | msgspec.structs.asdict(wish))
        room = await self._rooms.add(Room(session_id=session_id, owner_id=owner_id, **values))
        self.tell(owner_id, session_id, [*rooms, room])
        return room_view(room)

    async def change(
        self, owner_id: UUID, room_id: UUID, patch: RoomPatch, only: Container[int] | None = None
    ) -> RoomView:
        """Change what the patch names. Raises RoomNotFound, RoomChanged."""
        room, rooms = await self.locked(owner_id, room_id)
        if only is not None and room.version not in only:
            raise RoomChanged("Read it again, then decide.", version=room.version)
        if wanted := columns(changes(patch)):
            for name, value in wanted.items():
                setattr(room, name, value)
            room.version += 1
            await self._db.flush()
            self.tell(owner_id, room.session_id, rooms)
        return room_view(room)

    async def delete(self, owner_id: UUID, room_id: UUID, only: Container[int] | None = None) -> None:
        """Delete a room with all that hangs from it, and end its jobs. Raises RoomNotFound, RoomChanged."""
        await self.get(owner_id, room_id)
        await end_jobs(self._db, room_id=room_id)
        room, rooms = await self.locked(owner_id, room_id)
        if only is not None and room.version not in only:
            raise RoomChanged("Read it again, then decide.", version=room.version)
        await remove_files_of_room(self._db, owner_id, room_id)
        await self._rooms.remove(room)
        self.tell(owner_id, room.session_id, [other for other in rooms if other is not room])

    async def locked(self, owner_id: UUID, room_id: UUID) -> tuple[Room, list[Room]]:
        """Return a room and all rooms of its session, locked until the transaction ends. Raises RoomNotFound."""
        session_id = await self._rooms.lock_session_of(owner_id, room_id)
        rooms = await self._rooms.of_session(session_id) if session_id else []
        room = next((room for room in rooms if room.id == room_id), None)
        if room is None:
            raise RoomNotFound("Check the room id.", room_id=str(room_id))
        return room, rooms

    def tell(self, owner_id: UUID, session_id: UUID, rooms: Sequence[Room]) -> None:
        """Tell the owner how the rooms of a session are now."""
        self._outbox.tell(owner_id, RoomsUpdated(session_id=session_id, rooms=[room_view(room) for room in rooms]))


def columns(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what a body sets, as the row keeps it."""
    values = dict(wanted)
    if "type" in values:
        values["type"] = SYNONYMS.get(values["type"], values["type"])
    if "budget" in values:
        values["budget"] = amount_in(values["budget"])
    if values.get("dimensions") is not None:
        values["dimensions"] = msgspec.to_builtins(values["dimensions"])
    if "requirements" in values:
        values["requirements"] = msgspec.to_builtins(values["requirements"] or Requirements())
    return values
