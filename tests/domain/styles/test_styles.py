"""Styles over HTTP: open to everyone, paged, found by words, never asked for twice."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.seed.styles import load_styles
from app.domain.styles.service import StyleService
from app.resources import Resources

FIELDS = {"slug", "name", "description", "palette", "materials", "keywords", "rooms", "era", "origin"}


async def test_everyone_sees_all_styles_page_by_page_in_the_order_offered(client: httpx.AsyncClient) -> None:
    offered = [style.slug for style in load_styles()]

    first = (await client.get("/api/styles?limit=10")).json()
    rest = (await client.get("/api/styles", params={"limit": 10, "cursor": first["nextCursor"]})).json()

    assert [style["slug"] for style in first["items"] + rest["items"]] == offered
    assert rest["nextCursor"] is None
    assert set(first["items"][0]) == FIELDS
    assert set(first["items"][0]["palette"][0]) == {"name", "hex"}


async def test_a_page_is_what_its_etag_says_until_the_catalogue_changes(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/styles")
    again = await client.get("/api/styles", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "public, max-age=60"
    assert first.headers["content-type"] == "application/json"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_a_style_is_found_by_its_slug(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/styles/japandi")
    again = await client.get("/api/styles/japandi", headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, answer.json()["name"], set(answer.json())) == (200, "Japandi", FIELDS)
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/styles/no-such-style", 404, "style-not-found"),
        ("/api/styles/Not_a_slug", 400, "invalid"),
        ("/api/styles?cursor=bm9uc2Vuc2U", 422, "bad-cursor"),
        ("/api/styles?limit=1000", 400, "invalid"),
        ("/api/styles?room=kitchen", 400, "invalid"),
        ("/api/styles/search", 400, "invalid"),
        ("/api/styles/search?q=", 400, "invalid"),
        ("/api/styles/search?q=a%00b", 400, "invalid"),
        ("/api/styles/search?q=" + "x" * 201, 400, "invalid"),
    ],
)
async def test_odd_requests_are_refused(client: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("japandi", "japandi"),
        ("SCANDI", "scandinavian"),
        ("mid-century", "mid-century-modern"),
        ("loft with exposed brick", "industrial"),
        ("beach house by the sea", "coastal"),
        ("whitewashed farmhouse kitchens", "modern-farmhouse"),
    ],
)
async def test_words_find_the_style_that_fits_best(client: httpx.AsyncClient, words: str, best: str) -> None:
    found = (await client.get("/api/styles/search", params={"q": words})).json()

    assert found["items"][0]["slug"] == best
    assert found["nextCursor"] is None


async def test_a_search_returns_as_many_as_asked_for_and_none_where_none_fits(client: httpx.AsyncClient) -> None:
    two = (await client.get("/api/styles/search?q=wood&limit=2")).json()
    none = (await client.get("/api/styles/search?q=spaceship")).json()

    assert len(two["items"]) == 2
    assert none == {"items": [], "nextCursor": None}


@pytest.mark.parametrize("words", ["%20", "%22", "%26%20%7C%20!%20:*", "%5C", "-wood", "'%3B--", "%F0%9F%8F%A0", "the"])
async def test_odd_words_find_nothing_rather_than_fail(client: httpx.AsyncClient, words: str) -> None:
    answer = await client.get(f"/api/styles/search?q={words}")

    assert answer.status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
async def test_any_text_may_be_searched_for(resources: Resources, words: str) -> None:
    async with resources.transaction() as db:
        answer = await StyleService(db, resources).search(words, 5)

    assert answer.body.startswith(b'{"items":[')
