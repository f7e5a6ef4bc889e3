"""Versions of things."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Request, Response, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.web.etags import IF_MATCH, IfMatch, etag_of, tagged
from tests.web import probe
from tests.web.probe import Thing, ThingCreate, bearer

ID = UUID(int=7)
ETAG = etag_of(ID, 3)
THING = Thing(ID, "lamp")


@get("/api/thing", operation_id="read")
async def read(request: Request[Any, Any, State]) -> Response[Thing]:
    """Return the thing."""
    return tagged(request, THING, ETAG)


@put("/api/thing", operation_id="change", dependencies=IF_MATCH)
async def change(data: JSONBody[ThingCreate], if_match: NamedDependency[IfMatch]) -> Thing:
    """Change the thing."""
    if_match.check(ID, 3)
    return THING


@put("/api/checklist", operation_id="replace", dependencies=IF_MATCH, opt={"if_match": "required"})
async def replace(data: JSONBody[ThingCreate], if_match: NamedDependency[IfMatch]) -> Thing:
    """Replace the thing."""
    if_match.check(ID, 3)
    return THING


@pytest.fixture
async def things(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url, [read, change, replace])
    async with probe.client_of(probe.shelled(app, settings), **bearer()) as client:
        yield client
    await app.state.limiter.close()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 200),
        (ETAG, 304),
        (f"W/{ETAG}", 304),
        (f'"other", {ETAG}', 304),
        ("*", 304),
        (etag_of(ID, 2), 200),
        (etag_of(UUID(int=8), 3), 200),
        ("garbage", 200),
        (ETAG.strip('"'), 200),
    ],
)
async def test_a_client_that_has_the_version_is_told_so(
    things: httpx.AsyncClient, given: str | None, status: int
) -> None:
    answer = await things.get("/api/thing", headers={"If-None-Match": given} if given else {})

    assert answer.status_code == status
    assert answer.headers["etag"] == ETAG
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (answer.content == b"") is (status == 304)


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/api/thing", None, 200),
        ("/api/thing", ETAG, 200),
        ("/api/thing", "*", 200),
        ("/api/thing", f'"other", {ETAG}', 200),
        ("/api/thing", etag_of(ID, 2), 412),
        ("/api/thing", f"W/{ETAG}", 412),
        ("/api/thing", "garbage", 412),
        ("/api/checklist", None, 428),
        ("/api/checklist", "", 400),
        ("/api/checklist", ETAG, 200),
        ("/api/checklist", etag_of(ID, 2), 412),
    ],
)
async def test_a_change_is_made_to_the_version_it_was_meant_for(
    things: httpx.AsyncClient, path: str, given: str | None, status: int
) -> None:
    headers = {} if given is None else {"If-Match": given}

    answer = await things.put(path, json={"name": "a"}, headers=headers)

    assert answer.status_code == status
