"""A small application with one route of each kind, to try the shell on."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import httpx
import msgspec
from litestar import Controller, Litestar, Request, delete, get, patch, post
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import UNSET, Meta, UnsetType

from app.lib.errors import Conflict, NotFound, Unauthenticated
from app.lib.schema import Name100, Schema, Slug, View
from app.settings import Settings
from app.web import csrf
from app.web.guards import Access, Principal, admit
from app.web.json_bodies import StrictRequest
from app.web.limits import Limiter
from app.web.middleware import Shell
from app.web.problems import EXCEPTION_HANDLERS, problems
from app.web.routes import RouteTable

KEYS = ("a" * 40, "b" * 40)
GUEST = UUID(int=1)
OWNER = UUID(int=2)
ADMIN = UUID(int=3)


def _login(user_id: UUID, role: Any, token: str) -> Principal:
    return Principal(user_id, role, "cookie", login_id=user_id, token_hash=sha256(token.encode()).digest())


COOKIES = {
    "guest-token": _login(GUEST, "guest", "guest-token"),
    "owner-token": _login(OWNER, "user", "owner-token"),
    "admin-token": _login(ADMIN, "admin", "admin-token"),
}
BEARERS = {
    "owner-key": Principal(OWNER, "user", "api_key"),
    "admin-key": Principal(ADMIN, "admin", "api_key"),
    "other-key": Principal(GUEST, "user", "api_key"),
}


async def authenticate(bearer: str | None, cookie: str | None) -> Principal:
    """Return who holds a token, as accounts will."""
    found = BEARERS.get(bearer) if bearer else COOKIES.get(cookie or "")
    if found is None:
        raise Unauthenticated
    return found


class Shade(StrEnum):
    """How dark."""

    LIGHT = "light"
    DARK = "dark"


class Size(Schema):
    """How large."""

    length: Annotated[float, Meta(gt=0, le=100)]
    width: Annotated[float, Meta(gt=0, le=100)]


class ThingCreate(Schema):
    """A thing to make."""

    name: Name100
    count: Annotated[int, Meta(ge=0, le=1000)] = 0
    size: Size | None = None
    tags: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=5)] = msgspec.field(default_factory=list)
    labels: dict[str, Annotated[str, Meta(max_length=10)]] = msgspec.field(default_factory=dict)
    shade: Shade | None = None


class ThingPatch(Schema):
    """A thing to change."""

    name: Name100 | UnsetType = UNSET
    note: Annotated[str, Meta(max_length=50)] | UnsetType | None = UNSET


class Thing(View):
    """A thing."""

    id: UUID
    name: str
    created_at: datetime | None = None
    shade: Shade | None = None


class Picture(msgspec.Struct, rename="camel"):
    """A form with a file."""

    file: UploadFile
    asset_type: Annotated[str, Meta(max_length=20)] = "photo"


class Broken(RuntimeError):
    """A bug."""


class ThingBusy(Conflict):
    """A refusal with facts."""


class Things(Controller):
    """Routes for somebody signed in."""

    path = "/api/things"
    tags = ("things",)

    @get(operation_id="listThings")
    async def list_things(
        self,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
        room_type: Annotated[str, QueryParameter(name="roomType")] = "any",
        tag: FromQuery[tuple[Annotated[str, Meta(max_length=8)], ...]] = (),
        unread: FromQuery[bool] = False,
        width: Annotated[int | None, QueryParameter(ge=0, le=50)] = None,
        shade: FromQuery[Shade | None] = None,
    ) -> list[Thing]:
        """List things. All of them."""
        return []

    @post(operation_id="createThing", responses=problems(409))
    async def create_thing(self, data: JSONBody[ThingCreate]) -> Thing:
        """Make a thing."""
        if data.name == "busy":
            raise ThingBusy("Wait.", thing_name=data.name, open_jobs=2)
        return Thing(id=UUID(int=7), name=data.name, shade=data.shade)

    @get("/{thing_id:str}", operation_id="getThing")
    async def get_thing(self, thing_id: FromPath[UUID]) -> Thing:
        """Return a thing."""
        if thing_id == UUID(int=0):
            raise NotFound("Check the id.", thing_id=str(thing_id))
        return Thing(id=thing_id, name="x")

    @patch("/{thing_id:str}", operation_id="changeThing")
    async def change_thing(self, thing_id: FromPath[UUID], data: JSONBody[ThingPatch]) -> Thing:
        """Change a thing."""
        return Thing(id=thing_id, name="x" if data.name is UNSET else data.name)

    @delete("/{thing_id:str}", operation_id="deleteThing")
    async def delete_thing(self, thing_id: FromPath[UUID]) -> None:
        """Delete a thing."""

    @post("/{thing_id:str}/pictures", operation_id="uploadPicture", request_max_body_size=100_000)
    async def upload(self, thing_id: FromPath[UUID], data: MultipartBody[Picture]) -> dict[str, int]:
        """Upload a picture."""
        return {"bytes": len(await data.file.read())}


@get("/api/styles/{slug:str}", opt={"access": Access.PUBLIC}, operation_id="getStyle")
async def style(slug: FromPath[Slug]) -> dict[str, str]:
    """Return a style."""
    return {"slug": slug}


@get("/api/open", opt={"access": Access.PUBLIC}, operation_id="open")
async def open_route() -> dict[str, str]:
    """Anyone."""
    return {"hello": "world"}


@post("/api/auth/login", opt={"access": Access.SIGN_IN}, status_code=200, operation_id="login")
async def login(data: JSONBody[dict[str, str]]) -> dict[str, str]:
    """Sign in."""
    return data


@post("/api/auth/guest", opt={"access": Access.SIGN_IN, "limit": "guests"}, operation_id="guest")
async def guest() -> dict[str, str]:
    """Become a guest."""
    return {}


@get("/api/registered", opt={"access": Access.REGISTERED}, operation_id="registered")
async def registered(request: Request[Any, Any, State]) -> dict[str, str]:
    """Registered only."""
    return {"user": str(request.user.user_id)}


@get("/api/keys", opt={"access": Access.REGISTERED_LOGIN}, operation_id="keys")
async def keys() -> None:
    """No API key."""


@get("/api/admin/things", opt={"access": Access.ADMIN}, operation_id="adminThings")
async def admin_things() -> None:
    """Operators."""


@get("/api/stream", operation_id="stream", media_type="text/event-stream")
async def stream(request: Request[Any, Any, State]) -> ServerSentEvent:
    """Stream for ever."""

    async def forever() -> AsyncGenerator[ServerSentEventMessage, None]:
        try:
            while True:
                yield ServerSentEventMessage(data="x")
        finally:
            request.app.state.streams_ended += 1

    return ServerSentEvent(forever())


FAILURES: Mapping[str, BaseException] = {}


@get("/api/fail", opt={"access": Access.PUBLIC}, operation_id="fail", media_type="text/plain")
async def fail(kind: FromQuery[str]) -> str:
    """Raise something."""
    raise FAILURES[kind]


ROUTES = [Things, style, open_route, login, guest, registered, keys, admin_things, stream, fail]


def make_settings(**changes: Any) -> Settings:
    """Return settings for the probe."""
    fields: dict[str, Any] = {"app_env": "test", "secret_keys": KEYS, "limits_scale": 1000}
    return Settings(**(fields | changes))


def make_app(settings: Settings, redis_url: str, routes: list[Any] | None = None, **more: Any) -> Litestar:
    """Return the bare application, without the shell."""
    app = Litestar(
        routes or ROUTES,
        guards=[admit],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=StrictRequest,
        request_max_body_size=256 * 1024,
        openapi_config=None,
        logging_config=None,
        **more,
    )
    app.state.settings = settings
    app.state.limiter = Limiter(redis_url, settings.limits_scale)
    app.state.authenticate = authenticate
    app.state.streams_ended = 0
    return app


@asynccontextmanager
async def client_of(app: Any, **headers: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Yield a client that talks to an application in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=("203.0.113.9", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client:
        yield client


def shelled(app: Litestar, settings: Settings, **more: Any) -> Shell:
    """Return the application inside its shell."""
    return Shell(app, settings, RouteTable.of(app), **more)


def bearer(whose: str = "owner") -> dict[str, str]:
    """Return the header of an API key."""
    return {"Authorization": f"Bearer {whose}-key"}


def cookie(whose: str = "owner") -> dict[str, str]:
    """Return the headers of a browser's login, with its CSRF token."""
    token = f"{whose}-token"
    login = COOKIES[token]
    assert login.token_hash
    return {"Cookie": f"session={token}", "X-CSRF-Token": csrf.issue(login.token_hash, KEYS)}
