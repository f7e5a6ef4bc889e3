"""Routes of renders."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.renders.schemas import (
    RenderAccepted,
    RenderCreate,
    RenderPage,
    RenderPatch,
    RenderView,
    render_view,
    version_of,
)
from app.domain.renders.service import RenderService
from app.queue.views import job_links
from app.web.access import Principal
from app.web.depends import service
from app.web.etags import IF_MATCH, IfMatch, etag_of, tagged
from app.web.limits import Limiter
from app.web.paging import PAGE, PageRequest
from app.web.problems import problems

LIST = "renders"
AnyRequest = Request[Any, Any, Any]


class RenderController(Controller):
    """Ask for pictures, look at them, say whether they are liked."""

    path = "/api"
    tags = ("renders",)
    dependencies = {"renders": service(RenderService), **PAGE, **IF_MATCH}  # noqa: RUF012 - Litestar reads it plainly

    @post("/renders", operation_id="requestRender", status_code=202, responses=problems(404, 409, 422, 429))
    async def request_render(
        self,
        request: AnyRequest,
        data: JSONBody[RenderCreate],
        renders: NamedDependency[RenderService],
        principal: NamedDependency[Principal],
    ) -> Response[RenderAccepted]:
        """Queue pictures of a room; the event stream tells when each is ready."""
        limiter: Limiter = request.app.state.limiter
        made = await renders.request(principal.user_id, data)
        await limiter.spend("renders", "session", str(data.session_id), cost=data.variations)
        job_id = made[0].job_id
        assert job_id is not None
        accepted = RenderAccepted(
            job_id=job_id,
            links=job_links(job_id, ("render", made[0].id)),
            render_id=made[0].id,
            render_ids=[render.id for render in made],
        )
        return Response(accepted, status_code=202, headers={"Location": f"/api/jobs/{job_id}"})

    @get("/renders/{render_id:str}", operation_id="getRender", responses=problems(404))
    async def get_render(
        self,
        request: AnyRequest,
        render_id: FromPath[UUID],
        renders: NamedDependency[RenderService],
        principal: NamedDependency[Principal],
    ) -> Response[RenderView]:
        """Tell how a render stands."""
        render = await renders.get(principal.user_id, render_id)
        return tagged(request, render_view(render), etag_of(render.id, version_of(render)))

    @get("/rooms/{room_id:str}/renders", operation_id="listRenders", responses=problems(404, 422))
    async def list_renders(
        self,
        room_id: FromPath[UUID],
        page: NamedDependency[PageRequest],
        renders: NamedDependency[RenderService],
        principal: NamedDependency[Principal],
    ) -> RenderPage:
        """List the renders of a room, newest first."""
        place = page.place(LIST, tuple[UUID])
        rows = await renders.page(principal.user_id, room_id, place[0] if place else None, page.fetch)
        items, cursor = page.cut(rows, LIST, lambda render: (render.id,))
        return RenderPage([render_view(render) for render in items], cursor)

    @patch("/renders/{render_id:str}", operation_id="judgeRender", responses=problems(404, 409, 412))
    async def judge_render(
        self,
        request: AnyRequest,
        render_id: FromPath[UUID],
        data: JSONBody[RenderPatch],
        if_match: NamedDependency[IfMatch],
        renders: NamedDependency[RenderService],
        principal: NamedDependency[Principal],
    ) -> Response[RenderView]:
        """Approve a picture, or say that it is not the one."""
        render = await renders.locked(principal.user_id, render_id)
        if_match.check(render.id, version_of(render))
        render = await renders.judge(render, data)
        return tagged(request, render_view(render), etag_of(render.id, version_of(render)))


CONTROLLERS = (RenderController,)
