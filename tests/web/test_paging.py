"""Lists in pages."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from litestar import get
from litestar.di import NamedDependency

from app.web.paging import PAGE, Page, PageRequest, encode
from tests.web import probe
from tests.web.probe import Thing, bearer

NAME = "things"
START = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
# Three share a moment: only the id keeps them apart.
ALL = [Thing(UUID(int=n), f"thing {n}", START + timedelta(seconds=n // 3)) for n in range(45)]
ALL.sort(key=lambda thing: (thing.created_at or START, thing.id), reverse=True)


@get("/api/pages", operation_id="pages", dependencies=PAGE)
async def pages(page: NamedDependency[PageRequest]) -> Page[Thing]:
    """List things, newest first."""
    after = page.place(NAME, tuple[datetime, UUID])
    rows = [thing for thing in ALL if after is None or (thing.created_at or START, thing.id) < after][: page.fetch]
    items, following = page.cut(rows, NAME, lambda thing: (thing.created_at, thing.id))
    return Page(items, following)


@pytest.fixture
async def lists(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url, [pages])
    async with probe.client_of(probe.shelled(app, settings), **bearer()) as client:
        yield client
    await app.state.limiter.close()


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 44, 45, 46, 100])
async def test_every_item_is_told_once_in_order(lists: httpx.AsyncClient, limit: int) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (await lists.get("/api/pages", params={"limit": limit, "cursor": cursor})).json()
        assert len(answer["items"]) <= limit
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["nextCursor"]

    assert seen == [str(thing.id) for thing in ALL]


async def test_the_next_page_is_linked(lists: httpx.AsyncClient) -> None:
    first = await lists.get("/api/pages", params={"limit": 40})
    following = await lists.get(first.links["next"]["url"])

    assert len(following.json()["items"]) == 5
    assert following.json()["nextCursor"] is None
    assert "next" not in following.links


def _packed(text: bytes) -> str:
    return urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "x" * 500,
        _packed(b"null"),
        _packed(b"[" * 300),
        _packed(b'["things",["today","1"]]'),
        _packed(b'["things",["2026-11-22T10:00:00Z"]]'),
        encode("others", (START, UUID(int=1))),
        encode(NAME, (1, 2)),
    ],
)
async def test_a_cursor_of_no_answer_of_this_list_is_422(lists: httpx.AsyncClient, cursor: str) -> None:
    answer = await lists.get("/api/pages", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1&limit=2",
        f"cursor={'x' * 501}",
        "cursor=!!!",
        "cursor=%C3%BC",
        "page=2",
    ],
)
async def test_a_page_nobody_can_ask_for_is_400(lists: httpx.AsyncClient, query: str) -> None:
    assert (await lists.get(f"/api/pages?{query}")).status_code == 400
