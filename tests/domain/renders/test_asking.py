"""Asking for renders: what is accepted, what is refused, and what a refusal leaves behind."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.db.models import Asset, Job, Render, Room
from tests.factories import make_asset, make_render, random_id
from tests.workplace import Person, Workplace

WORDS = "oak cabinets and calm light"
FIELDS = {
    *("id", "sessionId", "roomId", "mode", "stylePrompt", "styleSlug", "baseAssetId", "parentRenderId", "status"),
    *("approvalStatus", "assetId", "renderUrl", "model", "structureScore", "error", "jobId", "createdAt", "finishedAt"),
}


@pytest.fixture
async def room(place: Workplace, person: Person) -> Room:
    """Return a room of the person's."""
    return await place.room(person)


async def photo(place: Workplace, room: Room, **values: Any) -> Asset:
    """Put a photo that is ready into a room."""
    async with place.db() as db:
        asset = await make_asset(db, room, **values)
        await db.commit()
        return asset


async def ask(person: Person, room: Room, **wish: Any) -> httpx.Response:
    """Ask for a render."""
    body = {"sessionId": str(room.session_id), "roomId": str(room.id), "stylePrompt": WORDS} | wish
    return await person.http.post("/api/renders", json=body)


async def assert_nothing_ordered(place: Workplace) -> None:
    """Check that no render and no job was left."""
    assert (await place.rows(Render), await place.rows(Job)) == ([], [])


async def test_a_wish_is_accepted_with_its_job_and_where_to_look(place: Workplace, person: Person, room: Room) -> None:
    await photo(place, room)

    answer = await ask(person, room, styleSlug="scandinavian")

    accepted = answer.json()
    job_id, render_id = accepted["jobId"], accepted["renderId"]
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/jobs/{job_id}")
    assert (accepted["status"], accepted["renderIds"]) == ("queued", [render_id])
    assert accepted["links"]["self"] == f"/api/jobs/{job_id}"
    render = await person.get(accepted["links"]["render"])
    assert set(render) == FIELDS
    assert (render["id"], render["jobId"], render["status"]) == (render_id, job_id, "queued")
    assert (render["stylePrompt"], render["styleSlug"], render["mode"]) == (WORDS, "scandinavian", "edit_existing")
    assert (render["approvalStatus"], render["assetId"], render["renderUrl"]) == ("pending", None, None)
    job = await person.get(accepted["links"]["self"])
    assert (job["kind"], job["status"], job["maxAttempts"]) == ("render.generate", "queued", 3)
    assert (job["resource"], job["progress"]["queuePosition"]) == ({"type": "render", "id": render_id}, 0)
    [told] = await place.told(person, "render:progress")
    assert (told["renderId"], told["jobId"], told["stage"], told["progress"]) == (render_id, job_id, "queued", 0)


async def test_several_variations_are_renders_of_one_job(place: Workplace, person: Person, room: Room) -> None:
    await photo(place, room)

    accepted = (await ask(person, room, variations=4)).json()

    assert accepted["renderId"] == accepted["renderIds"][0]
    renders = await place.rows(Render)
    assert [str(render.id) for render in renders] == accepted["renderIds"]
    assert [render.variation for render in renders] == [0, 1, 2, 3]
    assert {render.job_id for render in renders} == {UUID(accepted["jobId"])}
    assert len(await place.rows(Job)) == 1


async def test_a_wish_starts_from_the_newest_photo_that_can_be_used(
    place: Workplace, person: Person, room: Room
) -> None:
    await photo(place, room)
    newest = await photo(place, room, status="processing")
    await photo(place, room, status="failed", error={"code": "unreadable", "message": "Damaged."})
    await photo(place, room, asset_type="floorplan")
    await photo(place, room, asset_type="render", source="render")

    render_id = (await ask(person, room)).json()["renderId"]

    assert (await person.get(f"/api/renders/{render_id}"))["baseAssetId"] == str(newest.id)


async def test_a_picture_made_of_a_picture_knows_where_it_comes_from(
    place: Workplace, person: Person, room: Room
) -> None:
    result = await photo(place, room, asset_type="render", source="render")
    async with place.db() as db:
        parent = await make_render(db, room, status="ready", asset_id=result.id)
        await db.commit()

    render_id = (await ask(person, room, baseAssetId=str(result.id))).json()["renderId"]

    render = await person.get(f"/api/renders/{render_id}")
    assert (render["baseAssetId"], render["parentRenderId"]) == (str(result.id), str(parent.id))


async def test_from_scratch_needs_no_photo(place: Workplace, person: Person, room: Room) -> None:
    answer = await ask(person, room, mode="from_scratch")

    render = await person.get(f"/api/renders/{answer.json()['renderId']}")
    assert (answer.status_code, render["mode"], render["baseAssetId"]) == (202, "from_scratch", None)


BAD_WISHES: list[dict[str, Any]] = [
    {"stylePrompt": "too short"},
    {"stylePrompt": "x" * 1_001},
    {"stylePrompt": " " * 20},
    {"stylePrompt": "oak cabinets\0 and light"},
    {"variations": 0},
    {"variations": 5},
    {"variations": "2"},
    {"mode": "paint"},
    {"styleSlug": "No Such"},
    {"baseAssetId": "1"},
    {"status": "ready"},
    {"assetId": str(random_id())},
    {"ownerId": str(random_id())},
    {"jobId": None},
]


@pytest.mark.parametrize("wish", BAD_WISHES, ids=str)
async def test_a_wish_that_does_not_match_the_document_is_refused(
    place: Workplace, person: Person, room: Room, wish: dict[str, Any]
) -> None:
    await photo(place, room)

    answer = await ask(person, room, **wish)

    assert answer.status_code == 400, answer.text
    await assert_nothing_ordered(place)


async def test_what_cannot_be_drawn_is_refused_with_its_reason(place: Workplace, person: Person, room: Room) -> None:
    neighbours = await place.room(await place.person())
    mine = await place.room(person)
    elsewhere = await photo(place, mine)
    plan = await photo(place, room, asset_type="floorplan")
    failed = await photo(place, room, status="failed", error={"code": "unreadable", "message": "Damaged."})

    answers = {
        "no photo": await ask(person, room),
        "unknown style": await ask(person, room, styleSlug="no-such-style", mode="from_scratch"),
        "room of another session": await ask(person, room, sessionId=str(mine.session_id)),
        "unknown room": await ask(person, room, roomId=str(random_id())),
        "foreign room": await ask(person, neighbours),
        "picture of another room": await ask(person, room, baseAssetId=str(elsewhere.id)),
        "unknown picture": await ask(person, room, baseAssetId=str(random_id())),
        "floor plan": await ask(person, room, baseAssetId=str(plan.id)),
        "failed photo": await ask(person, room, baseAssetId=str(failed.id)),
    }

    assert {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()} == {
        "no photo": (409, "no-photo-of-the-room"),
        "unknown style": (422, "unknown-style"),
        "room of another session": (404, "room-not-found"),
        "unknown room": (404, "room-not-found"),
        "foreign room": (404, "room-not-found"),
        "picture of another room": (404, "asset-not-found"),
        "unknown picture": (404, "asset-not-found"),
        "floor plan": (422, "not-a-picture"),
        "failed photo": (409, "asset-not-ready"),
    }
    await assert_nothing_ordered(place)


async def test_ten_pictures_an_hour_and_session_and_a_refusal_leaves_nothing(
    place: Workplace, person: Person, room: Room
) -> None:
    place.limit_as_in_production()
    other = await place.room(person)
    for each in (room, other):
        await photo(place, each)

    accepted = [await ask(person, room, variations=count) for count in (4, 4)]
    over = await ask(person, room, variations=3)
    fitting = await ask(person, room, variations=2)
    one_more = await ask(person, room)
    elsewhere = await ask(person, other, variations=4)

    assert [answer.status_code for answer in (*accepted, fitting, elsewhere)] == [202] * 4
    for refused in (over, one_more):
        assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 3_960
    assert len(await place.rows(Render, Render.room_id == room.id)) == 10
    assert len(await place.rows(Job)) == 4


async def test_a_wish_that_is_refused_costs_nothing(place: Workplace, person: Person, room: Room) -> None:
    place.limit_as_in_production()

    for _ in range(12):
        assert (await ask(person, room, variations=4)).status_code == 409
    await photo(place, room)

    assert (await ask(person, room, variations=4)).status_code == 202


async def test_the_same_key_orders_once(place: Workplace, person: Person, room: Room) -> None:
    await photo(place, room)
    body = {"sessionId": str(room.session_id), "roomId": str(room.id), "stylePrompt": WORDS}

    answers = [
        await person.http.post("/api/renders", json=body, headers={"Idempotency-Key": "wish-1"}) for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.text for answer in answers}) == 1
    assert answers[2].headers["location"] == answers[0].headers["location"]
    assert len(await place.rows(Render)) == 1


async def test_a_room_lists_its_renders_from_the_newest_on(place: Workplace, person: Person, room: Room) -> None:
    await photo(place, room)
    ids = (await ask(person, room, variations=4)).json()["renderIds"]
    url = f"/api/rooms/{room.id}/renders"

    first = await person.get(url, params={"limit": 3})
    second = await person.get(url, params={"limit": 3, "cursor": first["nextCursor"]})
    empty = await person.get(f"/api/rooms/{(await place.room(person)).id}/renders")
    foreign = await (await place.person()).http.get(url)

    assert [render["id"] for render in first["items"] + second["items"]] == ids[::-1]
    assert (second["nextCursor"], empty) == (None, {"items": [], "nextCursor": None})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "room-not-found")


async def test_a_picture_is_approved_in_the_version_that_was_seen(place: Workplace, person: Person, room: Room) -> None:
    asset = await photo(place, room, asset_type="render", source="render", storage_key="x", sha256="0" * 64)
    async with place.db() as db:
        render = await make_render(db, room, status="ready", asset_id=asset.id)
        await db.commit()
    url = f"/api/renders/{render.id}"
    seen = await person.http.get(url)
    etag = seen.headers["etag"]

    approved = await person.http.patch(url, json={"approvalStatus": "approved"}, headers={"If-Match": etag})
    late = await person.http.patch(url, json={"approvalStatus": "rejected"}, headers={"If-Match": etag})
    again = await person.http.patch(url, json={"approvalStatus": "approved"})
    unseen = await person.http.get(url, headers={"If-None-Match": etag})
    kept = await person.http.get(url, headers={"If-None-Match": again.headers["etag"]})
    wrong = await person.http.patch(url, json={"approvalStatus": "loved"})

    assert (approved.status_code, approved.json()["approvalStatus"]) == (200, "approved")
    assert (late.status_code, unseen.status_code, kept.status_code, wrong.status_code) == (412, 200, 304, 400)
    assert again.headers["etag"] == approved.headers["etag"] != etag


@pytest.mark.parametrize("status", ["queued", "generating", "failed", "cancelled"])
async def test_only_a_picture_that_is_there_is_judged(
    place: Workplace, person: Person, room: Room, status: str
) -> None:
    async with place.db() as db:
        render = await make_render(db, room, status=status)
        await db.commit()

    answer = await person.http.patch(f"/api/renders/{render.id}", json={"approvalStatus": "approved"})

    assert (answer.status_code, answer.json()["code"]) == (409, "render-not-ready")


async def test_a_render_whose_picture_was_deleted_has_another_etag(
    place: Workplace, person: Person, room: Room
) -> None:
    asset = await photo(place, room, asset_type="render", source="render")
    async with place.db() as db:
        render = await make_render(db, room, status="ready", asset_id=asset.id)
        await db.commit()
    before = await person.http.get(f"/api/renders/{render.id}")

    await person.http.delete(f"/api/assets/{asset.id}")
    after = await person.http.get(f"/api/renders/{render.id}", headers={"If-None-Match": before.headers["etag"]})

    assert before.json()["renderUrl"] == f"/api/assets/{asset.id}/content"
    assert (after.status_code, after.json()["renderUrl"], after.json()["assetId"]) == (200, None, None)


@pytest.mark.parametrize("whole_session", [True, False], ids=["session", "room"])
async def test_deleting_what_renders_are_asked_of_blocks_nobody_and_leaves_no_job(
    place: Workplace, person: Person, room: Room, whole_session: bool
) -> None:
    await photo(place, room)
    gone = f"/api/sessions/{room.session_id}" if whole_session else f"/api/rooms/{room.id}"

    async with asyncio.timeout(20):
        *asked, deleted = await asyncio.gather(
            *(ask(person, room, variations=2) for _ in range(12)), person.http.delete(gone)
        )

    assert {answer.status_code for answer in asked} <= {202, 404}
    assert deleted.status_code == 204
    assert {job.status for job in await place.rows(Job, Job.kind == "render.generate")} <= {"cancelled"}
    assert await place.rows(Render) == []
