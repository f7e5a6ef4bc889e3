"""A room's checklist: read and written as a whole, with a version of its own."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import OutboxEvent, Room
from app.web.etags import etag_of
from tests.factories import make_room, make_session, make_user, random_id, sign_in


async def make_own_room(db: AsyncSession) -> tuple[str, dict[str, str]]:
    """Return the address of a checklist and the headers of its owner."""
    owner = await make_user(db)
    room = await make_room(db, await make_session(db, owner))
    return f"/api/rooms/{room.id}/checklist", await sign_in(db, owner)


def at(url: str, version: int) -> dict[str, str]:
    """Return the header that means one version of a checklist."""
    return {"If-Match": etag_of(UUID(url.split("/")[3]), version)}


async def test_a_new_room_has_an_empty_checklist(client: httpx.AsyncClient, db: AsyncSession) -> None:
    url, headers = await make_own_room(db)

    answer = await client.get(url, headers=headers)

    assert answer.json() == {"roomId": url.split("/")[3], "items": [], "version": 1}
    assert answer.headers["etag"] == at(url, 1)["If-Match"]


async def test_a_checklist_is_replaced_in_its_order_and_items_keep_their_ids(
    client: httpx.AsyncClient, db: AsyncSession
) -> None:
    url, headers = await make_own_room(db)
    items: list[dict[str, Any]] = [
        {"title": "Induction hob", "category": "appliances"},
        {"title": "Brass handles", "priority": "nice-to-have", "done": True, "notes": "from the old house"},
    ]

    first = await client.put(url, json={"items": items}, headers=headers | at(url, 1))
    kept = first.json()["items"]
    second = await client.put(url, json={"items": kept[::-1]}, headers=headers | {"If-Match": first.headers["etag"]})

    assert [first.headers["etag"], second.headers["etag"]] == [at(url, version)["If-Match"] for version in (2, 3)]
    assert all(UUID(item["id"]) for item in kept)
    assert [item | {"id": ""} for item in kept] == [
        {
            "id": "",
            "title": "Induction hob",
            "category": "appliances",
            "priority": "must-have",
            "done": False,
            "notes": None,
        },
        {
            "id": "",
            "title": "Brass handles",
            "category": None,
            "priority": "nice-to-have",
            "done": True,
            "notes": "from the old house",
        },
    ]
    assert second.json()["items"] == kept[::-1]
    assert (await client.get(url, headers=headers)).json() == second.json()


async def test_writing_a_checklist_needs_the_version_it_was_read_at(
    client: httpx.AsyncClient, db: AsyncSession
) -> None:
    url, headers = await make_own_room(db)

    blind = await client.put(url, json={"items": []}, headers=headers)
    first = await client.put(url, json={"items": [{"title": "Paint"}]}, headers=headers | at(url, 1))
    late = await client.put(url, json={"items": []}, headers=headers | at(url, 1))
    same = await client.get(url, headers=headers | {"If-None-Match": first.headers["etag"]})

    assert (blind.status_code, first.status_code, same.status_code) == (428, 200, 304)
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")
    assert len((await client.get(url, headers=headers)).json()["items"]) == 1


async def test_ticking_items_off_leaves_the_room_as_it_was(client: httpx.AsyncClient, db: AsyncSession) -> None:
    url, headers = await make_own_room(db)
    room_url = url.removesuffix("/checklist")
    before = await client.get(room_url, headers=headers)

    await client.put(url, json={"items": [{"title": "Paint"}]}, headers=headers | at(url, 1))

    after = await client.get(room_url, headers=headers)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    events = (await db.scalars(select(OutboxEvent))).all()
    assert [(event.name, event.data["rooms"]) for event in events] == [("session:rooms_updated", [before.json()])]


@pytest.mark.parametrize(
    "items",
    [
        [{}],
        [{"title": " "}],
        [{"title": "a\0"}],
        [{"title": "ok", "priority": "urgent"}],
        [{"title": "ok", "done": "yes"}],
        [{"title": "ok", "id": "7"}],
        [{"title": "ok", "price": "3"}],
        [{"title": "ok"}] * 201,
        None,
    ],
)
async def test_a_list_that_does_not_match_the_document_is_refused(
    client: httpx.AsyncClient, db: AsyncSession, items: Any
) -> None:
    url, headers = await make_own_room(db)

    answer = await client.put(url, json={"items": items}, headers=headers | at(url, 1))

    assert answer.status_code == 400
    assert (await db.scalars(select(Room.checklist))).all() == [[]]


async def test_two_items_cannot_be_the_same_one(client: httpx.AsyncClient, db: AsyncSession) -> None:
    url, headers = await make_own_room(db)
    item = {"id": str(random_id()), "title": "Paint"}

    answer = await client.put(url, json={"items": [item, item]}, headers=headers | at(url, 1))

    assert (answer.status_code, answer.json()["code"]) == (422, "repeated-item")
    assert answer.json()["errors"][0]["pointer"] == "/items/1/id"
