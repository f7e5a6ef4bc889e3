"""Styles over HTTP. What is sent has been JSON since it was cached, so the handlers pass bytes on."""

from typing import Annotated, Any, cast

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from app.domain.styles.schemas import StyleView
from app.domain.styles.service import Answer, StyleService
from app.lib.schema import NO_NUL, SLUG
from app.web.access import Access
from app.web.depends import service
from app.web.etags import tagged
from app.web.paging import DEFAULT_LIMIT, PAGE, Page, PageRequest
from app.web.problems import problems

HEADERS = {"Cache-Control": "public, max-age=60"}

AnyRequest = Request[Any, Any, Any]
Words = Annotated[
    str, QueryParameter(name="q", min_length=1, max_length=200, pattern=NO_NUL, description="Words to look for.")
]
SlugInPath = Annotated[str, PathParameter(max_length=60, pattern=SLUG)]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many items at most.")]


class StyleController(Controller):
    """Interior styles, for everybody."""

    path = "/api/styles"
    tags = ("styles",)
    opt = {"access": Access.PUBLIC}  # noqa: RUF012 - Litestar reads it so
    dependencies = {"styles": service(StyleService)} | PAGE

    @get(operation_id="listStyles", responses=problems(422))
    async def list_styles(
        self, request: AnyRequest, styles: NamedDependency[StyleService], page: NamedDependency[PageRequest]
    ) -> Response[Page[StyleView]]:
        """List the styles, in the order in which they are offered."""
        return cast("Response[Page[StyleView]]", _send(request, await styles.page(page)))

    @get("/search", operation_id="searchStyles")
    async def search_styles(
        self, request: AnyRequest, styles: NamedDependency[StyleService], words: Words, limit: Limit = DEFAULT_LIMIT
    ) -> Response[Page[StyleView]]:
        """Return the styles that fit some words, best first; `nextCursor` is always null."""
        return cast("Response[Page[StyleView]]", _send(request, await styles.search(words, limit)))

    @get("/{slug:str}", operation_id="getStyle", responses=problems(404))
    async def get_style(
        self, request: AnyRequest, slug: SlugInPath, styles: NamedDependency[StyleService]
    ) -> Response[StyleView]:
        """Return a style."""
        return cast("Response[StyleView]", _send(request, await styles.get(slug)))


def _send(request: AnyRequest, answer: Answer) -> Response[bytes]:
    return tagged(request, answer.body, answer.etag, HEADERS)


CONTROLLERS = (StyleController,)
