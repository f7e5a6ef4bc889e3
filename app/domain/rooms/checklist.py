"""What is to be done in a room: one list, read and written as a whole, with a version of its own.

Its own, because ticking an item off must not collide with somebody measuring the room.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.rooms.repository import RoomReads, RoomRepository
from app.domain.rooms.schemas import ChecklistItemIn, ChecklistItemView, ChecklistPut, ChecklistView
from app.domain.rooms.service import RoomNotFound, RoomService
from app.lib.errors import FieldError, Unprocessable
from app.lib.ids import new_id
from app.resources import Resources
from app.web.etags import IfMatch


class RepeatedItem(Unprocessable):
    """Two items of the list say they are the same one."""

    title = "An item stands in the list twice"


class ChecklistService:
    """The checklists of one owner's rooms."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._rooms = RoomService(db, resources)
        self._rows = RoomRepository(session=db)
        self._reads = RoomReads(resources.reads)

    async def get(self, owner_id: UUID, room_id: UUID) -> ChecklistView:
        """Return a room's checklist. Raises RoomNotFound."""
        if found := await self._reads.checklist(owner_id, room_id):
            return found
        raise RoomNotFound("Check the room id.", room_id=str(room_id))

    async def replace(self, owner_id: UUID, room_id: UUID, wish: ChecklistPut, if_match: IfMatch) -> ChecklistView:
        """Write the whole list. Raises RepeatedItem, RoomNotFound, PreconditionFailed."""
        items = numbered(wish.items)
        room, rooms = await self._rooms.locked(owner_id, room_id)
        if_match.check(room.id, room.checklist_version)
        await self._rows.set_checklist(room, msgspec.to_builtins(items))
        self._rooms.tell(owner_id, room.session_id, rooms)
        return ChecklistView(room_id=room_id, items=items, version=room.checklist_version + 1)


def numbered(wanted: Sequence[ChecklistItemIn]) -> list[ChecklistItemView]:
    """Return items as they are kept, each with an id. Raises RepeatedItem."""
    items = [_kept(item) for item in wanted]
    seen: set[UUID] = set()
    for index, item in enumerate(items):
        if item.id in seen:
            raise RepeatedItem(
                "Give each item an id of its own, or none.", errors=[FieldError(f"/items/{index}/id", "Is repeated")]
            )
        seen.add(item.id)
    return items


def _kept(item: ChecklistItemIn) -> ChecklistItemView:
    return ChecklistItemView(
        id=item.id or new_id(),
        title=item.title,
        category=item.category,
        priority=item.priority,
        done=item.done,
        notes=item.notes,
    )
