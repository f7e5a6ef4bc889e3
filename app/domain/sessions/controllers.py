"""Sessions over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from app.domain.sessions.schemas import SessionCreate, SessionPatch, SessionView
from app.domain.sessions.service import SessionService
from app.web.access import Principal
from app.web.depends import service
from app.web.etags import IF_MATCH, IfMatch, etag_of, tagged
from app.web.paging import PAGE, Page, PageRequest
from app.web.problems import problems
from app.web.streams import MEDIA_TYPE, LastEventId, live_stream

AnyRequest = Request[Any, Any, Any]


class SessionController(Controller):
    """A person's renovations."""

    path = "/api/sessions"
    tags = ("sessions",)
    dependencies = {"sessions": service(SessionService)} | IF_MATCH | PAGE

    @get(operation_id="listSessions", responses=problems(422))
    async def list_sessions(
        self,
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
        page: NamedDependency[PageRequest],
    ) -> Page[SessionView]:
        """List your renovations, the newest first."""
        return await sessions.page(principal.user_id, page)

    @post(operation_id="createSession")
    async def create_session(
        self,
        request: AnyRequest,
        data: JSONBody[SessionCreate],
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
    ) -> Response[SessionView]:
        """Begin a renovation."""
        made = await sessions.create(principal.user_id, data)
        return _answer(request, made, {"Location": f"/api/sessions/{made.id}"})

    @get("/{session_id:str}", operation_id="getSession", responses=problems(404))
    async def get_session(
        self,
        request: AnyRequest,
        session_id: FromPath[UUID],
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
    ) -> Response[SessionView]:
        """Return a renovation."""
        return _answer(request, await sessions.get(principal.user_id, session_id))

    @patch("/{session_id:str}", operation_id="changeSession", responses=problems(404, 412))
    async def change_session(
        self,
        request: AnyRequest,
        session_id: FromPath[UUID],
        data: JSONBody[SessionPatch],
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
        if_match: NamedDependency[IfMatch],
    ) -> Response[SessionView]:
        """Change a renovation. What is left out stays; null clears."""
        return _answer(request, await sessions.change(principal.user_id, session_id, data, if_match))

    @delete("/{session_id:str}", operation_id="deleteSession", responses=problems(404, 412))
    async def delete_session(
        self,
        session_id: FromPath[UUID],
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
        if_match: NamedDependency[IfMatch],
    ) -> None:
        """Delete a renovation with all its rooms and pictures, and end what runs for it."""
        await sessions.delete(principal.user_id, session_id, if_match)

    @get(
        "/{session_id:str}/events",
        operation_id="streamSessionEvents",
        media_type=MEDIA_TYPE,
        tags=("live",),
        responses=problems(404, 429, 503),
    )
    async def stream_session_events(
        self,
        request: AnyRequest,
        session_id: FromPath[UUID],
        sessions: NamedDependency[SessionService],
        principal: NamedDependency[Principal],
        last_event_id: LastEventId = "",
    ) -> Stream:
        """Follow one renovation: your own stream, filtered, with the same ids."""
        session = await sessions.get(principal.user_id, session_id)
        user = str(principal.user_id)
        return await live_stream(request, user, session_id=str(session.id), last_event_id=last_event_id)


def _answer(request: AnyRequest, session: SessionView, headers: dict[str, str] | None = None) -> Response[SessionView]:
    return tagged(request, session, etag_of(session.id, session.version), headers)


CONTROLLERS = (SessionController,)
