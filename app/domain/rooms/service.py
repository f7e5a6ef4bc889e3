"""What can be done with the rooms of a renovation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Room
from app.domain.files.removal import remove_files_of_room
from app.domain.rooms.messages import RoomsUpdated
from app.domain.rooms.repository import RoomReads, RoomRepository
from app.domain.rooms.schemas import SYNONYMS, Requirements, RoomCreate, RoomPatch, RoomView, room_view
from app.domain.sessions.service import ANY_VERSION, SessionNotFound
from app.lib.errors import Conflict, NotFound
from app.lib.money import amount_in
from app.lib.schema import changes
from app.queue.ending import end_jobs
from app.queue.outbox import Outbox
from app.resources import Resources
from app.web.etags import IfMatch
from app.web.paging import Page, PageRequest

MAX_ROOMS = 40


class RoomNotFound(NotFound):
    """No such room, or somebody else's."""

    title = "No such room"


class TooManyRooms(Conflict):
    """The session holds as many rooms as it may."""

    title = "This renovation has as many rooms as it may"


class RoomService:
    """Rooms of one owner at a time. A change meant for another version raises PreconditionFailed."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._rooms = RoomRepository(session=db)
        self._reads = RoomReads(resources.reads)
        self._outbox = Outbox(db)

    async def page(self, owner_id: UUID, session_id: UUID, ask: PageRequest) -> Page[RoomView]:
        """Return a page of a session's rooms, the oldest first. Raises SessionNotFound, BadCursor."""
        after = ask.place("rooms", tuple[UUID])
        rows = await self._reads.after(owner_id, session_id, after, ask.fetch)
        if rows is None:
            raise SessionNotFound("Check the session id.", session_id=str(session_id))
        return Page(*ask.cut(rows, "rooms", lambda room: (room.id,)))

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
        self, owner_id: UUID, room_id: UUID, patch: RoomPatch, if_match: IfMatch = ANY_VERSION
    ) -> RoomView:
        """Change what the patch names. Raises RoomNotFound."""
        room, rooms = await self.locked(owner_id, room_id)
        if_match.check(room.id, room.version)
        if wanted := columns(changes(patch)):
            for name, value in wanted.items():
                setattr(room, name, value)
            room.version += 1
            await self._db.flush()
            self.tell(owner_id, room.session_id, rooms)
        return room_view(room)

    async def delete(self, owner_id: UUID, room_id: UUID, if_match: IfMatch = ANY_VERSION) -> None:
        """Delete a room with all that hangs from it, and end its jobs. Raises RoomNotFound."""
        await self.get(owner_id, room_id)
        await end_jobs(self._db, room_id=room_id)
        room, rooms = await self.locked(owner_id, room_id)
        if_match.check(room.id, room.version)
        await self._rooms.hold(room)
        await end_jobs(self._db, room_id=room_id)  # those ordered before nothing new could be
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
