"""Whose it is, asked of every route there is: somebody else's id finds nothing, and nobody gets in unknown."""

import asyncio
from typing import Any, NamedTuple

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import select

from app.db.models import (
    ApiKey,
    Asset,
    Job,
    LoginSession,
    Notification,
    Render,
    RenovationSession,
    Room,
)
from app.web.access import Access, policy_of
from tests.factories import (
    make_api_key,
    make_asset,
    make_job,
    make_notification,
    make_render,
    random_id,
)
from tests.raw_pictures import quarters, saved
from tests.workplace import Person, Workplace

BODIES: dict[str, Any] = {
    "createRoom": {"name": "Attic", "type": "attic"},
    "replaceChecklist": {"items": []},
    "judgeRender": {"approvalStatus": "approved"},
}
OPEN = (Access.PUBLIC, Access.SIGN_IN)
OWNED = (RenovationSession, Room, Asset, Render, Job, Notification, ApiKey, LoginSession)


class Route(NamedTuple):
    """One method of one path."""

    method: str
    path: str
    operation: str
    access: Access
    body: str
    streams: bool

    async def send(self, client: httpx.AsyncClient, ids: dict[str, str]) -> httpx.Response:
        """Send a request that matches the document, with these ids in its path."""
        options: dict[str, Any] = {"headers": {"If-Match": "*"}}
        if self.body == "json":
            options["json"] = BODIES.get(self.operation, {})
        elif self.body == "multipart":
            options["files"] = {"file": ("room.jpg", saved(quarters(), "JPEG"), "image/jpeg")}
        async with asyncio.timeout(10):
            return await client.request(self.method, self.path.format_map(ids), **options)


def routes(place: Workplace) -> list[Route]:
    """Return every route of the application under /api."""
    app = place.api.app
    return [
        Route(
            method,
            route.path_format,
            str(handler.operation_id),
            policy_of(handler, app).access,
            policy_of(handler, app).body,
            "event-stream" in str(handler.media_type),
        )
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/api")
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS"
    ]


def with_ids(place: Workplace) -> list[Route]:
    """Return the routes that name one thing of somebody's."""
    return [route for route in routes(place) if "{" in route.path and route.access not in OPEN]


class Ids(dict[str, str]):
    """The ids of one person's things by the name that paths give them; `{id}` is told apart by its path."""

    def of(self, route: Route) -> dict[str, str]:
        """Return the ids for one route."""
        return {**self, "id": self["key_id" if "api-keys" in route.path else "login_id"]}


async def belongings(place: Workplace, owner: Person) -> Ids:
    """Make one of everything a person can own, and return the ids."""
    room = await place.room(owner)
    await place.resources.files.put("assets/1/original.jpg", b"bytes")
    async with place.db() as db:
        asset = await make_asset(db, room, storage_key="assets/1/original.jpg", sha256="0" * 64, size_bytes=5)
        job = await make_job(db, owner.user, status="failed", error={"code": "no", "message": "No."})
        render = await make_render(db, room, status="ready", asset_id=asset.id)
        line = await make_notification(db, owner.user)
        await make_api_key(db, owner.user)
        key_id = await db.scalar(select(ApiKey.id).where(ApiKey.user_id == owner.id))
        login_id = await db.scalar(select(LoginSession.id).where(LoginSession.user_id == owner.id))
        job.body = {"render_ids": [str(render.id)]}
        await db.commit()
    return Ids(
        session_id=str(room.session_id),
        room_id=str(room.id),
        asset_id=str(asset.id),
        render_id=str(render.id),
        job_id=str(job.id),
        notification_id=str(line.id),
        key_id=str(key_id),
        login_id=str(login_id),
    )


async def everything(place: Workplace) -> list[dict[str, Any]]:
    """Return every owned row, but for what a login's use changes."""
    rows = [row for kind in OWNED for row in await place.rows(kind)]
    return [{name: value for name, value in row.to_dict().items() if name != "last_seen_at"} for row in rows]


@pytest.mark.parametrize("how", ["cookie", "key"])
async def test_somebody_elses_ids_find_nothing_anywhere(place: Workplace, person: Person, how: str) -> None:
    ids = await belongings(place, person)
    stranger = await place.person()
    client = stranger.http
    if how == "key":
        async with place.db() as db:
            client = place.nobody({"Authorization": f"Bearer {await make_api_key(db, stranger.user)}"})
            await db.commit()
    before = await everything(place)

    answers = {(route.method, route.path): await route.send(client, ids.of(route)) for route in with_ids(place)}

    login_only = {(r.method, r.path) for r in with_ids(place) if "login" in r.access} if how == "key" else set[Any]()
    expected = {asked: 403 if asked in login_only else 404 for asked in answers}
    assert {asked: answer.status_code for asked, answer in answers.items()} == expected
    assert len(answers) > 20
    assert await everything(place) == before


async def test_somebody_elses_id_looks_like_an_id_of_nothing(place: Workplace, person: Person) -> None:
    ids = await belongings(place, person)
    nothing = Ids({name: str(random_id()) for name in ids})
    stranger = (await place.person()).http

    for route in with_ids(place):
        foreign, unknown = [await route.send(stranger, each.of(route)) for each in (ids, nothing)]

        assert told(foreign) == told(unknown), route


def told(answer: httpx.Response) -> dict[str, Any]:
    """Return what a refusal says, but for the ids that were asked with."""
    return {name: value for name, value in answer.json().items() if not name.endswith(("Id", "instance"))}


async def test_ones_own_ids_are_found_everywhere(place: Workplace, person: Person) -> None:
    ids = await belongings(place, person)
    asked = [route for route in with_ids(place) if not route.streams]

    answers = {route: await route.send(person.http, ids.of(route)) for route in sorted(asked, key=ending)}

    assert {(*route[:2], answer.status_code) for route, answer in answers.items() if answer.is_error} == set()


def ending(route: Route) -> tuple[bool, int]:
    """Sort deletions last, and of those what contains others after them: keys, pictures, rooms, sessions, the login."""
    order = ["api-keys", "assets", "rooms", "sessions", "logins"]
    places = [place for place, part in enumerate(order) if f"/{part}/" in route.path]
    return route.method == "DELETE", places[0] if places else 0


async def test_nobody_gets_in_unknown(place: Workplace, person: Person) -> None:
    ids = await belongings(place, person)
    closed = [route for route in routes(place) if route.access not in OPEN]
    before = await everything(place)

    for headers in ({}, {"Authorization": "Bearer nothing"}, {"Cookie": "session=nothing; __Host-session=nothing"}):
        client = place.nobody(headers)
        answers = {(route.method, route.path): await route.send(client, ids.of(route)) for route in closed}
        assert {asked: answer.status_code for asked, answer in answers.items()} == dict.fromkeys(answers, 401)
        assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}

    assert await everything(place) == before


async def test_a_cookie_alone_changes_nothing(place: Workplace, person: Person) -> None:
    ids = await belongings(place, person)
    cookie_only = place.nobody({"Cookie": person.http.headers["Cookie"]})
    unsafe = [route for route in routes(place) if route.access not in OPEN and route.method != "GET"]
    before = await everything(place)

    answers = {(route.method, route.path): await route.send(cookie_only, ids.of(route)) for route in unsafe}

    assert {asked: answer.json()["code"] for asked, answer in answers.items()} == dict.fromkeys(answers, "csrf-failed")
    assert await everything(place) == before


@pytest.mark.parametrize("trick", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_method_in_a_header_is_ignored(place: Workplace, person: Person, trick: str) -> None:
    ids = await belongings(place, person)

    answer = await person.http.get(f"/api/sessions/{ids['session_id']}", headers={trick: "DELETE"})

    assert answer.status_code == 200
    assert len(await place.rows(RenovationSession)) == 1


async def test_a_room_of_ones_own_does_not_open_another_session(place: Workplace, person: Person) -> None:
    theirs = await belongings(place, await place.person())
    mine = await belongings(place, person)
    wish = {"stylePrompt": "oak cabinets and calm light", "mode": "from_scratch"}

    answers = [
        await person.http.post(
            "/api/renders", json=wish | {"sessionId": session["session_id"], "roomId": room["room_id"]}
        )
        for session, room in ((mine, theirs), (theirs, mine))
    ]
    foreign_photo = await person.http.post(
        "/api/renders",
        json=wish | {"sessionId": mine["session_id"], "roomId": mine["room_id"], "baseAssetId": theirs["asset_id"]},
    )

    assert [answer.status_code for answer in (*answers, foreign_photo)] == [404] * 3
