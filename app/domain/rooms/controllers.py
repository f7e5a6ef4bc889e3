"""Rooms and checklists over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.rooms.checklist import ChecklistService
from app.domain.rooms.schemas import ChecklistPut, ChecklistView, RoomCreate, RoomPatch, RoomView
from app.domain.rooms.service import RoomService
from app.web.access import Principal
from app.web.depends import service
from app.web.etags import IF_MATCH, IfMatch, etag_of, tagged
from app.web.paging import PAGE, Page, PageRequest
from app.web.problems import problems

AnyRequest = Request[Any, Any, Any]


class SessionRoomController(Controller):
    """The rooms of a renovation."""

    path = "/api/sessions/{session_id:str}/rooms"
    tags = ("rooms",)
    dependencies = {"rooms": service(RoomService)} | PAGE

    @get(operation_id="listRooms", responses=problems(404, 422))
    async def list_rooms(
        self,
        session_id: FromPath[UUID],
        rooms: NamedDependency[RoomService],
        principal: NamedDependency[Principal],
        page: NamedDependency[PageRequest],
    ) -> Page[RoomView]:
        """List the rooms of a renovation, the oldest first."""
        return await rooms.page(principal.user_id, session_id, page)

    @post(operation_id="createRoom", responses=problems(404, 409))
    async def create_room(
        self,
        request: AnyRequest,
        session_id: FromPath[UUID],
        data: JSONBody[RoomCreate],
        rooms: NamedDependency[RoomService],
        principal: NamedDependency[Principal],
    ) -> Response[RoomView]:
        """Add a room to a renovation."""
        made = await rooms.create(principal.user_id, session_id, data)
        return _room(request, made, {"Location": f"/api/rooms/{made.id}"})


class RoomController(Controller):
    """One room."""

    path = "/api/rooms/{room_id:str}"
    tags = ("rooms",)
    dependencies = {"rooms": service(RoomService), "checklists": service(ChecklistService)} | IF_MATCH

    @get(operation_id="getRoom", responses=problems(404))
    async def get_room(
        self,
        request: AnyRequest,
        room_id: FromPath[UUID],
        rooms: NamedDependency[RoomService],
        principal: NamedDependency[Principal],
    ) -> Response[RoomView]:
        """Return a room."""
        return _room(request, await rooms.get(principal.user_id, room_id))

    @patch(operation_id="changeRoom", responses=problems(404, 412))
    async def change_room(
        self,
        request: AnyRequest,
        room_id: FromPath[UUID],
        data: JSONBody[RoomPatch],
        rooms: NamedDependency[RoomService],
        principal: NamedDependency[Principal],
        if_match: NamedDependency[IfMatch],
    ) -> Response[RoomView]:
        """Change a room. What is left out stays; null clears."""
        return _room(request, await rooms.change(principal.user_id, room_id, data, if_match))

    @delete(operation_id="deleteRoom", responses=problems(404, 412))
    async def delete_room(
        self,
        room_id: FromPath[UUID],
        rooms: NamedDependency[RoomService],
        principal: NamedDependency[Principal],
        if_match: NamedDependency[IfMatch],
    ) -> None:
        """Delete a room with its pictures, and end what runs for it."""
        await rooms.delete(principal.user_id, room_id, if_match)

    @get("/checklist", operation_id="getChecklist", responses=problems(404))
    async def get_checklist(
        self,
        request: AnyRequest,
        room_id: FromPath[UUID],
        checklists: NamedDependency[ChecklistService],
        principal: NamedDependency[Principal],
    ) -> Response[ChecklistView]:
        """Return what is to be done in a room."""
        return _checklist(request, await checklists.get(principal.user_id, room_id))

    @put(
        "/checklist",
        operation_id="replaceChecklist",
        responses=problems(404, 412, 422, 428),
        opt={"if_match": "required"},
    )
    async def replace_checklist(
        self,
        request: AnyRequest,
        room_id: FromPath[UUID],
        data: JSONBody[ChecklistPut],
        checklists: NamedDependency[ChecklistService],
        principal: NamedDependency[Principal],
        if_match: NamedDependency[IfMatch],
    ) -> Response[ChecklistView]:
        """Write the whole checklist of a room; `If-Match` says which version it replaces."""
        return _checklist(request, await checklists.replace(principal.user_id, room_id, data, if_match))


def _room(request: AnyRequest, room: RoomView, headers: dict[str, str] | None = None) -> Response[RoomView]:
    return tagged(request, room, etag_of(room.id, room.version), headers)


def _checklist(request: AnyRequest, checklist: ChecklistView) -> Response[ChecklistView]:
    return tagged(request, checklist, etag_of(checklist.room_id, checklist.version))


CONTROLLERS = (SessionRoomController, RoomController)
