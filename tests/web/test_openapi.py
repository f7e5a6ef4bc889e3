"""The document says what the code does: each thing a generated one is known to get wrong, and what is ours."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from app.lib.schema import Schema, View
from app.web.etags import IF_MATCH, IfMatch
from app.web.guards import Access
from app.web.openapi import document
from app.web.openapi.controllers import CONTROLLERS
from app.web.paging import PAGE, Page, PageRequest
from app.web.problems import problems
from tests.web import probe
from tests.web.probe import Shade, Thing

Json = dict[str, Any]


class Circle(Schema, tag="circle"):
    """Round."""

    radius: Annotated[int, Meta(ge=0)]


class Square(Schema, tag="square"):
    """Not round."""

    side: Annotated[int, Meta(ge=0)] | None


class Drawing(Schema):
    """Shapes."""

    shape: Circle | Square
    at: Annotated[datetime, Meta(tz=True)] | None = None


class Made(View):
    """What was made."""

    id: UUID
    when: datetime
    shade: Shade | None
    note: str | None = None
    extra: str | msgspec.UnsetType = msgspec.UNSET


@get("/api/pages", operation_id="listPages", dependencies=PAGE, tags=["pages"])
async def pages(page: NamedDependency[PageRequest]) -> Page[Thing]:
    """List pages."""
    return Page([], None)


@get("/api/made/{made_id:str}", operation_id="getMade")
async def made(made_id: FromPath[UUID], request: Request[Any, Any, State]) -> Response[Made]:
    """Return it; with its version."""
    raise NotImplementedError


@put("/api/made/{made_id:str}", operation_id="replaceMade", dependencies=IF_MATCH, opt={"if_match": "required"})
async def replace(made_id: FromPath[UUID], data: JSONBody[Drawing], if_match: NamedDependency[IfMatch]) -> Made:
    """Replace it."""
    raise NotImplementedError


@post("/api/jobs", operation_id="order", status_code=202, responses=problems(404, 409))
async def order(data: JSONBody[Drawing | None] = None) -> Response[Made]:
    """Order it."""
    raise NotImplementedError


@get(
    "/api/made/{made_id:str}/content",
    operation_id="getContent",
    media_type="image/webp",
    opt={"download": ("image/webp", "application/pdf")},
    responses=problems(416),
)
async def content(made_id: FromPath[UUID]) -> Response[Any]:
    """Download it."""
    raise NotImplementedError


@post("/api/me/key", operation_id="makeKey", opt={"access": Access.REGISTERED_LOGIN, "idempotent": False})
async def make_key() -> Made:
    """Make a key."""
    raise NotImplementedError


@get("/health", operation_id="health", opt={"access": Access.PUBLIC, "unlimited": True})
async def health() -> dict[str, str]:
    """Say so."""
    return {}


ROUTES = [*probe.ROUTES, pages, made, replace, order, content, make_key, health, *CONTROLLERS]


@pytest.fixture(scope="module")
def app() -> Litestar:
    return probe.make_app(probe.make_settings(), "redis://127.0.0.1:1/0", ROUTES)


@pytest.fixture(scope="module")
def spec(app: Litestar) -> Json:
    return document(app, probe.make_settings())


def _at(spec: Json, path: str) -> Any:
    """Return what stands at `paths|/api/things|post`, following references."""
    node: Any = spec
    for part in path.split("|"):
        node = node[int(part)] if isinstance(node, list) else node[part]
        if isinstance(node, dict) and "$ref" in node:
            node = _at(spec, node["$ref"].removeprefix("#/").replace("/", "|"))
    return node


THING = "components|schemas|ThingCreate|properties"
TRUTHS: list[tuple[str, Any]] = [
    ("paths|/api/stream|get|responses|200|content", {"text/event-stream": {"schema": {"type": "string"}}}),
    (f"{THING}|count", {"type": "integer", "minimum": 0, "maximum": 1000, "description": "Default: `0`."}),
    (f"{THING}|tags|items", {"type": "string", "maxLength": 20}),
    (f"{THING}|labels|additionalProperties", {"type": "string", "maxLength": 10}),
    (f"{THING}|shade", {"anyOf": [{"$ref": "#/components/schemas/Shade"}, {"type": "null"}]}),
    ("components|schemas|Shade", {"description": "How dark.", "type": "string", "enum": ["dark", "light"]}),
    ("components|schemas|ThingCreate|required", ["name"]),
    ("components|schemas|ThingCreate|additionalProperties", False),
    ("components|schemas|ThingPatch|properties|name|type", "string"),
    ("components|schemas|Square|properties|side", {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}),
    ("components|schemas|Drawing|properties|shape|discriminator|propertyName", "type"),
    ("components|schemas|Made|required", ["id", "when", "shade", "note"]),
    ("components|schemas|Made|properties|when", {"type": "string", "format": "date-time"}),
    ("components|schemas|Thing|properties|createdAt|anyOf|0|format", "date-time"),
    ("components|schemas|ThingPage|required", ["items", "nextCursor"]),
    ("paths|/api/made/{madeId}|get|parameters|0|schema|format", "uuid"),
    ("paths|/api/made/{madeId}|get|summary", "Return it"),
    ("paths|/api/things|get|parameters|0|schema", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    ("paths|/api/things|get|parameters|4|schema", {"type": "integer", "minimum": 0, "maximum": 50}),
    ("paths|/api/pages|get|parameters|0|name", "limit"),
    ("paths|/api/styles/{slug}|get|parameters|0|schema|maxLength", 60),
    ("paths|/api/things|post|requestBody|required", True),
    ("paths|/api/jobs|post|requestBody|required", False),
    ("components|schemas|Picture|properties|file", {"type": "string", "format": "binary"}),
    ("paths|/api/things|delete", None),
    ("paths|/health|get|security", []),
    ("paths|/api/things|get|security", [{"bearer": []}, {"session": []}]),
    ("paths|/api/things|post|security", [{"bearer": []}, {"session": [], "csrf": []}]),
    ("paths|/api/me/key|post|security", [{"session": [], "csrf": []}]),
    ("components|securitySchemes|session|name", "session"),
    ("info|license|identifier", "Apache-2.0"),
    ("openapi", "3.1.0"),
]


@pytest.mark.parametrize(("path", "expected"), TRUTHS, ids=[row[0] for row in TRUTHS])
def test_the_document_says(spec: Json, path: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(KeyError):
            _at(spec, path)
    else:
        assert _at(spec, path) == expected


STATUSES = {
    "/health|get": "200 400 500",
    "/api/things|get": "200 400 401 403 429 500 503",
    "/api/things|post": "201 400 401 403 409 413 415 422 429 500 503",
    "/api/things/{thingId}|delete": "204 400 401 403 404 429 500 503",
    "/api/made/{madeId}|get": "200 304 400 401 403 404 429 500 503",
    "/api/made/{madeId}|put": "200 400 401 403 404 412 413 415 428 429 500 503",
    "/api/made/{madeId}/content|get": "200 206 304 400 401 403 404 416 429 500 503",
    "/api/jobs|post": "202 400 401 403 404 409 413 415 422 429 500 503",
    "/api/auth/login|post": "200 400 403 413 415 429 500 503",
}


@pytest.mark.parametrize("operation", STATUSES)
def test_a_route_lists_the_answers_it_can_give(spec: Json, operation: str) -> None:
    responses = _at(spec, f"paths|{operation}|responses")

    assert " ".join(responses) == STATUSES[operation]
    for status, answer in responses.items():
        if int(status) >= 400:
            problem = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
            assert answer["content"] == {"application/problem+json": problem}
        assert answer["headers"]["X-Request-Id"]["required"]


HEADERS = {
    "/api/things|post": ["Idempotency-Key"],
    "/api/made/{madeId}|put": ["If-Match"],
    "/api/made/{madeId}|get": ["If-None-Match"],
    "/api/made/{madeId}/content|get": ["If-None-Match", "Range", "If-Range"],
    "/api/stream|get": ["Last-Event-ID"],
    "/api/me/key|post": [],
    "/api/auth/login|post": [],
}


@pytest.mark.parametrize("operation", HEADERS)
def test_a_route_lists_the_headers_it_honours(spec: Json, operation: str) -> None:
    parameters = _at(spec, f"paths|{operation}|parameters")

    assert [parameter["name"] for parameter in parameters if parameter["in"] == "header"] == HEADERS[operation]


@pytest.mark.parametrize(
    ("answer", "headers"),
    [
        ("/api/jobs|post|responses|202", {"Location", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"}),
        ("/api/made/{madeId}|get|responses|200", {"ETag", "RateLimit", "RateLimit-Policy"}),
        ("/api/pages|get|responses|200", {"Link", "RateLimit", "RateLimit-Policy"}),
        ("/api/things|get|responses|401", {"WWW-Authenticate"}),
        ("/api/things|get|responses|429", {"Retry-After"}),
        ("/api/things|get|responses|503", {"Retry-After"}),
        ("/api/auth/login|post|responses|200", {"Set-Cookie", "RateLimit", "RateLimit-Policy"}),
        ("/health|get|responses|200", set[str]()),
    ],
)
def test_an_answer_lists_its_headers(spec: Json, answer: str, headers: set[str]) -> None:
    assert set(_at(spec, f"paths|{answer}|headers")) == headers | {"X-Request-Id"}


def test_names_are_fit_for_generators(spec: Json) -> None:
    text = json.dumps(spec)
    operations = [operation for methods in spec["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    names = list(spec["components"]["schemas"])

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in ids)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", name) for name in names)
    assert all(f'"#/components/schemas/{name}"' in text for name in names)
    assert all(operation["summary"] for operation in operations)
    assert '"oneOf"' not in text
    assert '"title": "' not in json.dumps(spec["components"])
    assert not any(None in part.get("enum", ()) for part in spec["components"]["schemas"].values())


@pytest.fixture
async def reader(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with probe.client_of(probe.shelled(app, probe.make_settings())) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"), [("/openapi.json", "application/json"), ("/docs", "text/html; charset=utf-8")]
)
async def test_both_are_served_to_anyone_with_an_etag(reader: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await reader.get(path)
    again = await reader.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert (again.status_code, again.content) == (304, b"")
    assert "ratelimit" not in answer.headers


async def test_the_page_resolves_what_a_problem_links_to(reader: httpx.AsyncClient) -> None:
    problem = (await reader.get("/nowhere")).json()
    page = await reader.get("/docs")

    assert f'id="{problem["type"].partition("#")[2]}"' in page.text
    assert 'id="listThings"' in page.text
    assert "<script" not in page.text
