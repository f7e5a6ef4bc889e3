"""Sent twice, done once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, MultipartBody
from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.db.base import Base
from app.db.models.web import IdempotencyKey
from app.embedded.throwaway import Addresses
from app.lib.errors import Conflict
from app.web import idempotency
from tests.web import probe
from tests.web.probe import Picture, Thing, ThingCreate, bearer, cookie


@pytest.fixture(scope="module")
async def engine(servers: Addresses) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(servers.database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=[cast("Table", IdempotencyKey.__table__)])
        await connection.execute(text("CREATE TABLE IF NOT EXISTS effects (name text)"))
    yield engine
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE effects"))
    await engine.dispose()


class ThingTaken(Conflict):
    """A refusal after the effect."""


async def provide_db(request: Request[Any, Any, State]) -> AsyncGenerator[AsyncSession]:
    async with request.app.state.sessions() as db:
        await idempotency.begin(request, db)
        yield db
        await db.commit()


async def _take_effect(db: AsyncSession, name: str) -> None:
    await db.execute(text("INSERT INTO effects VALUES (:name)"), {"name": name})


@post("/api/things", operation_id="createThing")
async def create(data: JSONBody[ThingCreate], db: NamedDependency[AsyncSession]) -> Response[Thing]:
    await _take_effect(db, data.name)
    if data.name.startswith("slow"):
        await asyncio.sleep(0.3)
    if data.name.startswith("taken"):
        raise ThingTaken("Already there.")
    thing = Thing(id=uuid4(), name=data.name)
    return Response(thing, headers={"Location": f"/api/things/{thing.id}", "X-Secret": "no"})


@post("/api/other-things", operation_id="createOther", status_code=202)
async def create_plain(data: JSONBody[ThingCreate], db: NamedDependency[AsyncSession]) -> Thing:
    await _take_effect(db, data.name)
    return Thing(id=uuid4(), name=data.name)


@post("/api/pictures", operation_id="upload", request_max_body_size=10_000_000)
async def upload(data: MultipartBody[Picture], db: NamedDependency[AsyncSession]) -> dict[str, str]:
    await _take_effect(db, "picture")
    return {"id": str(uuid4()), "bytes": str(len(await data.file.read()))}


@post("/api/api-keys", operation_id="createKey")
async def create_key(db: NamedDependency[AsyncSession]) -> dict[str, str]:
    return {"key": str(uuid4())}


@get("/api/effects/{name:str}", operation_id="effects")
async def effects(name: str, db: NamedDependency[AsyncSession]) -> int:
    return await db.scalar(text("SELECT count(*) FROM effects WHERE name = :name"), {"name": name}) or 0


@pytest.fixture
async def shop(redis_url: str, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to an application that stores things."""
    settings = probe.make_settings()
    app = probe.make_app(
        settings,
        redis_url,
        [create, create_plain, upload, create_key, effects],
        dependencies={"db": Provide(provide_db)},
        after_request=idempotency.keep,
    )
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()


def _keyed(key: str | None = None, whose: str = "owner") -> dict[str, str]:
    return bearer(whose) | {"Idempotency-Key": key or uuid4().hex}


async def _count(shop: httpx.AsyncClient, name: str) -> int:
    return (await shop.get(f"/api/effects/{name}", headers=bearer())).json()


@pytest.mark.parametrize("path", ["/api/things", "/api/other-things"])
async def test_the_second_request_gets_the_first_one_s_answer(shop: httpx.AsyncClient, path: str) -> None:
    key, name = _keyed(), f"twice-{uuid4()}"

    first = await shop.post(path, json={"name": name}, headers=key)
    second = await shop.post(path, json={"name": name}, headers=key)

    assert first.status_code in (201, 202)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers.get("location") == first.headers.get("location")
    assert "x-secret" not in second.headers
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert await _count(shop, name) == 1


async def test_another_body_with_the_same_key_is_refused(shop: httpx.AsyncClient) -> None:
    key = _keyed()
    await shop.post("/api/things", json={"name": "one"}, headers=key)

    answer = await shop.post("/api/things", json={"name": "other"}, headers=key)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_key_belongs_to_one_person_and_one_route(shop: httpx.AsyncClient) -> None:
    key = uuid4().hex
    body = {"name": "one"}

    mine = await shop.post("/api/things", json=body, headers=_keyed(key))
    theirs = await shop.post("/api/things", json=body, headers=_keyed(key, "other"))
    elsewhere = await shop.post("/api/other-things", json=body, headers=_keyed(key))
    by_cookie = await shop.post("/api/things", json=body, headers=cookie("owner") | {"Idempotency-Key": key})

    ids = [answer.json()["id"] for answer in (mine, theirs, elsewhere, by_cookie)]
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


async def test_while_the_first_runs_the_second_is_told_to_wait(shop: httpx.AsyncClient) -> None:
    key, name = _keyed(), f"slow-{uuid4()}"

    answers = await asyncio.gather(*(shop.post("/api/things", json={"name": name}, headers=key) for _ in range(5)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 409, 409, 409, 409]
    waiting = next(answer for answer in answers if answer.status_code == 409)
    assert waiting.json()["code"] == "idempotency-key-in-use"
    assert waiting.headers["retry-after"] == "1"
    assert await _count(shop, name) == 1


async def test_a_hundred_at_once_take_effect_once(shop: httpx.AsyncClient) -> None:
    key, name = _keyed(), f"storm-{uuid4()}"

    answers = await asyncio.gather(*(shop.post("/api/things", json={"name": name}, headers=key) for _ in range(100)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await _count(shop, name) == 1


async def test_a_refusal_is_not_kept(shop: httpx.AsyncClient, engine: AsyncEngine) -> None:
    key, name = _keyed(), f"taken-{uuid4()}"

    answers = [await shop.post("/api/things", json={"name": name}, headers=key) for _ in range(2)]

    assert [answer.json()["code"] for answer in answers] == ["thing-taken"] * 2
    assert await _count(shop, name) == 0
    async with engine.connect() as connection:
        kept = await connection.scalar(select(IdempotencyKey.key).where(IdempotencyKey.key == key["Idempotency-Key"]))
    assert kept is None


async def test_a_form_sent_again_with_another_boundary_is_the_same(shop: httpx.AsyncClient) -> None:
    key = _keyed()
    photo = b"\x89PNG" * 400_000  # large enough to lie on disk

    first = await shop.post("/api/pictures", files={"file": ("a.png", photo, "image/png")}, headers=key)
    again = await shop.post("/api/pictures", files={"file": ("a.png", photo, "image/png")}, headers=key)
    other = await shop.post("/api/pictures", files={"file": ("a.png", photo[:-1], "image/png")}, headers=key)

    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (first.status_code, first.json()["bytes"]) == (201, str(len(photo)))
    assert again.content == first.content
    assert other.status_code == 422


async def test_after_a_day_a_key_is_new(shop: httpx.AsyncClient, engine: AsyncEngine) -> None:
    key = _keyed()
    first = await shop.post("/api/things", json={"name": "one"}, headers=key)
    async with engine.begin() as connection:
        old = text("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = :key")
        await connection.execute(old, {"key": key["Idempotency-Key"]})

    again = await shop.post("/api/things", json={"name": "two"}, headers=key)

    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]


async def test_routes_that_hand_out_secrets_keep_nothing(shop: httpx.AsyncClient) -> None:
    key = _keyed()

    answers = [await shop.post("/api/api-keys", headers=key) for _ in range(2)]

    assert answers[0].json() != answers[1].json()


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "\x7f", "ü"])
async def test_a_key_is_printable_ascii_of_1_to_255(shop: httpx.AsyncClient, key: str) -> None:
    headers = [*bearer().items(), ("Idempotency-Key", key.encode())]

    answer = await shop.post("/api/things", json={"name": "one"}, headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "header.Idempotency-Key"


@pytest.mark.parametrize("key", ["x", "x" * 255, '"quoted and spaced" ~!'])
async def test_any_other_key_is_taken(shop: httpx.AsyncClient, key: str) -> None:
    answer = await shop.post("/api/things", json={"name": "one"}, headers=_keyed(f"{uuid4().hex[:1]}{key}"[:255]))

    assert UUID(answer.json()["id"])
