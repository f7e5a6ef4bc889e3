"""Sessions over HTTP: what their owner can do, and what nobody else can."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import RenovationSession
from app.web.etags import etag_of
from tests.factories import make_session, make_user, random_id, sign_in

FIELDS = {
    "id",
    "title",
    "phase",
    "totalBudget",
    "currency",
    "stylePreferences",
    "isPaid",
    "version",
    "createdAt",
    "updatedAt",
}


async def test_a_new_session_begins_at_intake_in_its_owners_currency(
    client: httpx.AsyncClient, db: AsyncSession
) -> None:
    owner = await make_user(db, currency="EUR")

    body = {"title": "Our flat", "totalBudget": "12500.5", "stylePreferences": {"preferredStyle": "japandi"}}
    answer = await client.post("/api/sessions", json=body, headers=await sign_in(db, owner))

    session = answer.json()
    assert answer.status_code == 201
    assert set(session) == FIELDS
    assert (session["phase"], session["currency"], session["isPaid"]) == ("INTAKE", "EUR", False)
    assert session["totalBudget"] == "12500.50"
    assert session["stylePreferences"] == {
        "preferredStyle": "japandi",
        "colorPreferences": [],
        "materialPreferences": [],
        "inspiration": None,
    }
    assert answer.headers["location"] == f"/api/sessions/{session['id']}"
    assert answer.headers["etag"] == etag_of(UUID(session["id"]), 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": "a\0b"},
        {"title": "ok", "totalBudget": 100},
        {"title": "ok", "totalBudget": "1e3"},
        {"title": "ok", "totalBudget": "-5"},
        {"title": "ok", "totalBudget": "12345678901"},
        {"title": "ok", "totalBudget": "1.005"},
        {"title": "ok", "currency": "usd"},
        {"title": "ok", "currency": None, "phase": "COMPLETE"},
        {"title": "ok", "isPaid": True},
        {"title": "ok", "stylePreferences": {"favourite": "oak"}},
        {"title": "ok", "stylePreferences": {"colorPreferences": ["a\0b"]}},
        {"title": "ok", "stylePreferences": {"colorPreferences": ["sage"] * 21}},
    ],
)
async def test_a_body_that_does_not_match_the_document_is_refused(
    client: httpx.AsyncClient, db: AsyncSession, body: dict[str, Any]
) -> None:
    answer = await client.post("/api/sessions", json=body, headers=await sign_in(db, await make_user(db)))

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await db.scalars(select(RenovationSession))).all() == []


async def test_the_list_pages_from_the_newest_back_and_shows_only_ones_own(
    client: httpx.AsyncClient, db: AsyncSession
) -> None:
    owner = await make_user(db)
    mine = [(await make_session(db, owner)).id for _ in range(5)]
    await make_session(db)
    headers = await sign_in(db, owner)

    first = (await client.get("/api/sessions?limit=3", headers=headers)).json()
    await make_session(db, owner)  # arrives between two pages
    second = (
        await client.get("/api/sessions", params={"limit": 3, "cursor": first["nextCursor"]}, headers=headers)
    ).json()

    assert [item["id"] for item in first["items"] + second["items"]] == [str(id) for id in reversed(mine)]
    assert second["nextCursor"] is None
    assert set(first["items"][0]) == FIELDS


async def test_a_page_that_is_exactly_full_and_last_has_no_next(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    for _ in range(2):
        await make_session(db, owner)

    page = (await client.get("/api/sessions?limit=2", headers=await sign_in(db, owner))).json()

    assert (len(page["items"]), page["nextCursor"]) == (2, None)


@pytest.mark.parametrize(
    ("query", "status"), [("limit=0", 400), ("limit=101", 400), ("cursor=nonsense", 422), ("sort=title", 400)]
)
async def test_an_odd_query_of_the_list_is_refused(
    client: httpx.AsyncClient, db: AsyncSession, query: str, status: int
) -> None:
    answer = await client.get(f"/api/sessions?{query}", headers=await sign_in(db, await make_user(db)))

    assert answer.status_code == status


async def test_somebody_elses_session_is_not_there(client: httpx.AsyncClient, db: AsyncSession) -> None:
    foreign = await make_session(db)
    headers = await sign_in(db, await make_user(db))

    for id in (foreign.id, random_id()):
        url = f"/api/sessions/{id}"
        answers = [
            await client.get(url, headers=headers),
            await client.patch(url, json={"title": "Mine now"}, headers=headers),
            await client.delete(url, headers=headers),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "session-not-found")] * 3
    await db.refresh(foreign)
    assert foreign.title == "Our flat"


async def test_nobody_signed_in_sees_no_sessions(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/sessions")

    assert answer.status_code == 401


async def test_a_patch_changes_what_it_names_and_null_clears(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    liked = {"preferredStyle": "art-deco", "colorPreferences": ["gold"]}
    session = await make_session(db, owner, total_budget="900.00", style_preferences=liked)
    headers = await sign_in(db, owner)
    url = f"/api/sessions/{session.id}"

    renamed = (await client.patch(url, json={"title": "New"}, headers=headers)).json()
    cleared = (await client.patch(url, json={"totalBudget": None, "stylePreferences": None}, headers=headers)).json()

    assert (renamed["title"], renamed["totalBudget"], renamed["version"]) == ("New", "900.00", 2)
    assert renamed["stylePreferences"]["colorPreferences"] == ["gold"]
    assert (cleared["title"], cleared["totalBudget"], cleared["version"]) == ("New", None, 3)
    assert cleared["stylePreferences"]["preferredStyle"] is None
    assert cleared == (await client.get(url, headers=headers)).json()


@pytest.mark.parametrize("body", [{"title": None}, {"currency": None}, {"version": 7}, {"totalBudget": 5}, [], "x"])
async def test_a_patch_that_does_not_match_the_document_is_refused(
    client: httpx.AsyncClient, db: AsyncSession, body: Any
) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)

    answer = await client.patch(f"/api/sessions/{session.id}", json=body, headers=await sign_in(db, owner))

    assert answer.status_code == 400


async def test_a_patch_that_names_nothing_changes_nothing(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)

    answer = await client.patch(f"/api/sessions/{session.id}", json={}, headers=await sign_in(db, owner))

    assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 1, etag_of(session.id, 1))


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    headers = await sign_in(db, owner)
    url = f"/api/sessions/{session.id}"
    etag = (await client.get(url, headers=headers)).headers["etag"]

    same = await client.get(url, headers=headers | {"If-None-Match": etag})
    await client.patch(url, json={"title": "New"}, headers=headers)
    changed = await client.get(url, headers=headers | {"If-None-Match": etag})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert (changed.status_code, changed.headers["etag"]) == (200, etag_of(session.id, 2))


async def test_a_change_meant_for_another_version_is_refused(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    headers = await sign_in(db, owner)
    url = f"/api/sessions/{session.id}"

    first = await client.patch(url, json={"title": "First"}, headers=headers | {"If-Match": etag_of(session.id, 1)})
    late = await client.patch(url, json={"title": "Late"}, headers=headers | {"If-Match": etag_of(session.id, 1)})
    late_end = await client.delete(url, headers=headers | {"If-Match": etag_of(session.id, 1)})
    any_version = await client.patch(url, json={"title": "Any"}, headers=headers | {"If-Match": "*"})

    assert (first.status_code, first.headers["etag"]) == (200, etag_of(session.id, 2))
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")
    assert late_end.status_code == 412
    assert (any_version.status_code, any_version.json()["title"]) == (200, "Any")


async def test_a_creation_sent_twice_with_one_key_makes_one_session(
    client: httpx.AsyncClient, db: AsyncSession
) -> None:
    headers = await sign_in(db, await make_user(db)) | {"Idempotency-Key": "once"}

    answers = [await client.post("/api/sessions", json={"title": "Flat"}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len((await db.scalars(select(RenovationSession))).all()) == 1
