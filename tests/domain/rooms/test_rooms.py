"""Rooms over HTTP: what their owner can do, what nobody else can, and what is told."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Job, OutboxEvent, Room
from app.domain.rooms.service import MAX_ROOMS
from app.web.etags import etag_of
from tests.factories import make_asset, make_job, make_room, make_session, make_user, random_id, sign_in

FIELDS = {
    "id",
    "sessionId",
    "name",
    "type",
    "budget",
    "dimensions",
    "requirements",
    "version",
    "createdAt",
    "updatedAt",
}
SIZE = {"length": 5.5, "width": 4, "unit": "m"}


async def told(db: AsyncSession) -> list[OutboxEvent]:
    """Return the events on their way, in order."""
    return list(await db.scalars(select(OutboxEvent).order_by(OutboxEvent.id)))


async def test_a_room_is_added_with_its_size_and_wishes(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)

    body = {
        "name": "Living",
        "type": "living",
        "budget": "3000",
        "dimensions": SIZE,
        "requirements": {"mustHaves": ["a place to read"], "notes": "keep the stucco"},
    }
    answer = await client.post(f"/api/sessions/{session.id}/rooms", json=body, headers=await sign_in(db, owner))

    room = answer.json()
    assert answer.status_code == 201
    assert set(room) == FIELDS
    assert (room["sessionId"], room["type"], room["budget"]) == (str(session.id), "living-room", "3000.00")
    assert room["dimensions"] == SIZE | {"height": None}
    assert room["requirements"] == {
        "mustHaves": ["a place to read"],
        "stylePreference": None,
        "notes": "keep the stucco",
    }
    assert answer.headers["location"] == f"/api/rooms/{room['id']}"
    assert answer.headers["etag"] == etag_of(UUID(room["id"]), 1)
    event = (await told(db))[-1]
    assert (event.topic, event.name, event.data["sessionId"]) == (
        str(owner.id),
        "session:rooms_updated",
        str(session.id),
    )
    assert event.data["rooms"] == [room]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Kitchen"},
        {"type": "kitchen"},
        {"name": " ", "type": "kitchen"},
        {"name": "Kitchen", "type": "spaceship"},
        {"name": "Kit\0chen", "type": "kitchen"},
        {"name": "Kitchen", "type": "kitchen", "budget": 10},
        {"name": "Kitchen", "type": "kitchen", "owner": "me"},
        {"name": "Kitchen", "type": "kitchen", "dimensions": {"length": 1, "width": 1}},
        {"name": "Kitchen", "type": "kitchen", "dimensions": SIZE | {"length": 0}},
        {"name": "Kitchen", "type": "kitchen", "dimensions": SIZE | {"width": -1}},
        {"name": "Kitchen", "type": "kitchen", "dimensions": SIZE | {"height": 1001}},
        {"name": "Kitchen", "type": "kitchen", "dimensions": SIZE | {"unit": "yd"}},
        {"name": "Kitchen", "type": "kitchen", "dimensions": SIZE | {"length": "5"}},
        {"name": "Kitchen", "type": "kitchen", "requirements": {"mustHaves": ["a\0"]}},
    ],
)
async def test_a_body_that_does_not_match_the_document_is_refused(
    client: httpx.AsyncClient, db: AsyncSession, body: dict[str, Any]
) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)

    answer = await client.post(f"/api/sessions/{session.id}/rooms", json=body, headers=await sign_in(db, owner))

    assert answer.status_code == 400
    assert (await told(db), (await db.scalars(select(Room))).all()) == ([], [])


async def test_a_session_lists_its_rooms_from_the_oldest_on(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    rooms = [str((await make_room(db, session)).id) for _ in range(3)]
    await make_room(db, await make_session(db, owner))
    headers, url = await sign_in(db, owner), f"/api/sessions/{session.id}/rooms"

    first = (await client.get(f"{url}?limit=2", headers=headers)).json()
    second = (await client.get(url, params={"limit": 2, "cursor": first["nextCursor"]}, headers=headers)).json()

    assert [room["id"] for room in first["items"]] == rooms[:2]
    assert [room["id"] for room in second["items"]] == rooms[2:]
    assert second["nextCursor"] is None
    assert set(first["items"][0]) == FIELDS


async def test_a_session_without_rooms_has_an_empty_list(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)

    answer = await client.get(f"/api/sessions/{session.id}/rooms", headers=await sign_in(db, owner))

    assert answer.json() == {"items": [], "nextCursor": None}


async def test_somebody_elses_session_takes_and_shows_no_rooms(client: httpx.AsyncClient, db: AsyncSession) -> None:
    foreign = await make_session(db)
    await make_room(db, foreign)
    headers, url = await sign_in(db, await make_user(db)), f"/api/sessions/{foreign.id}/rooms"

    shown = await client.get(url, headers=headers)
    taken = await client.post(url, json={"name": "Mine", "type": "other"}, headers=headers)

    assert [(answer.status_code, answer.json()["code"]) for answer in (shown, taken)] == [
        (404, "session-not-found")
    ] * 2


async def test_somebody_elses_room_is_not_there(client: httpx.AsyncClient, db: AsyncSession) -> None:
    foreign = await make_room(db)
    headers = await sign_in(db, await make_user(db))

    for id in (foreign.id, random_id()):
        url = f"/api/rooms/{id}"
        answers = [
            await client.get(url, headers=headers),
            await client.patch(url, json={"name": "Mine"}, headers=headers),
            await client.delete(url, headers=headers),
            await client.get(f"{url}/checklist", headers=headers),
            await client.put(f"{url}/checklist", json={"items": []}, headers=headers | {"If-Match": "*"}),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "room-not-found")] * 5
    assert await told(db) == []


async def test_a_patch_changes_what_it_names_and_null_clears(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    room = await make_room(db, await make_session(db, owner), budget="10", dimensions=SIZE)
    headers, url = await sign_in(db, owner), f"/api/rooms/{room.id}"

    renamed = (await client.patch(url, json={"name": "Den", "type": "dining"}, headers=headers)).json()
    cleared = (await client.patch(url, json={"budget": None, "dimensions": None}, headers=headers)).json()

    assert (renamed["name"], renamed["type"], renamed["budget"]) == ("Den", "dining-room", "10.00")
    assert renamed["dimensions"] == SIZE | {"height": None}
    assert (cleared["name"], cleared["budget"], cleared["dimensions"], cleared["version"]) == ("Den", None, None, 3)
    assert cleared == (await client.get(url, headers=headers)).json()
    assert [event.data["rooms"] for event in await told(db)] == [[renamed], [cleared]]


async def test_reads_and_changes_keep_to_a_version(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    room = await make_room(db, await make_session(db, owner))
    headers, url = await sign_in(db, owner), f"/api/rooms/{room.id}"
    etag = (await client.get(url, headers=headers)).headers["etag"]

    same = await client.get(url, headers=headers | {"If-None-Match": etag})
    changed = await client.patch(url, json={"name": "Den"}, headers=headers | {"If-Match": etag})
    late = await client.patch(url, json={"name": "Bar"}, headers=headers | {"If-Match": etag})
    late_end = await client.delete(url, headers=headers | {"If-Match": etag})

    assert (same.status_code, changed.status_code, changed.headers["etag"]) == (304, 200, etag_of(room.id, 2))
    assert (late.status_code, late.json()["code"], late_end.status_code) == (412, "precondition-failed", 412)


async def test_a_deleted_room_takes_its_pictures_and_jobs_along(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    room, kept = await make_room(db, session), await make_room(db, session)
    asset = await make_asset(db, room)
    job = await make_job(db, owner, session_id=session.id, room_id=room.id)
    other_job = await make_job(db, owner, session_id=session.id, room_id=kept.id)

    answer = await client.delete(f"/api/rooms/{room.id}", headers=await sign_in(db, owner))

    assert answer.status_code == 204
    assert (await db.scalars(select(Room.id))).all() == [kept.id]
    assert (await db.scalars(select(Asset.id))).all() == []
    await db.refresh(job)
    await db.refresh(other_job)
    assert (job.status, other_job.status) == ("cancelled", "queued")
    removals = await db.scalars(select(Job.body).where(Job.kind == "upkeep.delete_files"))
    assert removals.all() == [{"keys": [], "folders": [f"assets/{asset.id}"]}]
    last = (await told(db))[-1]
    assert (last.name, [left["id"] for left in last.data["rooms"]]) == ("session:rooms_updated", [str(kept.id)])


async def test_a_session_holds_so_many_rooms_and_no_more(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    for _ in range(MAX_ROOMS):
        await make_room(db, session)

    body = {"name": "One more", "type": "other"}
    answer = await client.post(f"/api/sessions/{session.id}/rooms", json=body, headers=await sign_in(db, owner))

    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "too-many-rooms", MAX_ROOMS)
