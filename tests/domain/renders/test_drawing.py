"""From a queued render to a picture its owner is told of once, whatever happens on the way."""

import asyncio
import io
from email import message_from_bytes, policy
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func

from app.db.models import Asset, Email, Job, Notification, Render, Room
from app.domain.renders.messages import GenerateRender
from tests.factories_pictures import Upload, by_name
from tests.painter import BUSY, REFUSED, Outcome, Painter, first_tries
from tests.raw_pictures import room as drawn_room
from tests.raw_pictures import saved
from tests.workplace import Person, Workplace

WORDS = "oak cabinets and calm light"
PHOTO = Upload("room", saved(drawn_room(900, 600), "JPEG"), "room.jpg", "image/jpeg", "ready")
RENDER, VARIANTS = GenerateRender.kind, "image.variants"


@pytest.fixture
async def room(place: Workplace, person: Person) -> Room:
    """Return a room with a photo."""
    room = await place.room(person)
    assert (await person.upload(room, PHOTO)).status_code == 201
    await place.work()
    return room


async def ask(person: Person, room: Room, **wish: Any) -> dict[str, Any]:
    """Ask for a render and return what was accepted."""
    body = {"sessionId": str(room.session_id), "roomId": str(room.id), "stylePrompt": WORDS} | wish
    return await person.post("/api/renders", body, expect=202)


async def states(person: Person, accepted: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return status and the error's code of every render of an order."""
    renders = [await person.get(f"/api/renders/{render_id}") for render_id in accepted["renderIds"]]
    return [(render["status"], (render["error"] or {}).get("code")) for render in renders]


async def job_of(person: Person, accepted: dict[str, Any]) -> dict[str, Any]:
    """Return the job of an order."""
    return await person.get(f"/api/jobs/{accepted['jobId']}")


async def inbox(person: Person) -> list[tuple[str, str]]:
    """Return type and title of the lines in a person's inbox, oldest first."""
    items = (await person.get("/api/notifications"))["items"]
    return [(line["type"], line["title"]) for line in reversed(items)]


async def test_the_embedded_restyler_draws_the_room_in_the_style(place: Workplace, person: Person, room: Room) -> None:
    accepted = await ask(person, room, styleSlug="scandinavian")

    await place.work()

    render = await person.get(f"/api/renders/{accepted['renderId']}")
    assert (render["status"], render["error"], render["approvalStatus"]) == ("ready", None, "pending")
    assert render["model"].startswith("embedded-")
    assert 0.5 < render["structureScore"] <= 1
    assert render["finishedAt"] > render["createdAt"]
    asset = await person.get(f"/api/assets/{render['assetId']}")
    assert (asset["assetType"], asset["source"], asset["status"]) == ("render", "render", "ready")
    assert (asset["roomId"], asset["contentUrl"]) == (str(room.id), render["renderUrl"])
    assert abs(asset["widthPx"] / asset["heightPx"] - 1.5) < 0.02
    content = await person.http.get(f"{render['renderUrl']}?width=640")
    assert Image.open(io.BytesIO(content.content)).width == 640
    assert not await place.rows(Job, Job.kind == "image.variant")
    assert (await job_of(person, accepted))["status"] == "succeeded"


async def test_its_owner_is_told_everything_in_order_and_once(place: Workplace, person: Person, room: Room) -> None:
    place.use(images=Painter())
    accepted = await ask(person, room)

    await place.work()

    told = [event for event in await place.told(person) if event.get("renderId") or event.get("notification")]
    assert [(event["event"], event.get("stage")) for event in told] == [
        ("render:progress", "queued"),
        ("render:started", None),
        ("render:progress", "generating"),
        ("render:progress", "uploading"),
        ("render:progress", "finalizing"),
        ("render:complete", None),
        ("notification:new", None),
    ]
    assert {event["sessionId"] for event in told} == {str(room.session_id)}
    complete, notice = told[-2], told[-1]["notification"]
    render = await person.get(f"/api/renders/{accepted['renderId']}")
    assert (complete["assetId"], complete["renderUrl"]) == (render["assetId"], render["renderUrl"])
    assert (complete["jobId"], complete["roomId"]) == (accepted["jobId"], str(room.id))
    assert complete["model"] == "painter-1"
    assert (notice["type"], notice["title"]) == ("render_complete", "Kitchen: Your picture is ready")
    assert notice["link"] == f"/#/s/{room.session_id}/room?room={room.id}&render={render['id']}"
    assert (await person.get("/api/notifications"))["items"] == [notice]


async def test_the_model_is_given_the_photo_the_style_and_the_words(
    place: Workplace, person: Person, room: Room
) -> None:
    painter = Painter()
    place.use(images=painter)

    await ask(person, room, styleSlug="scandinavian", variations=2)
    await place.work()

    assert sorted(brief.variation for brief in painter.briefs) == [0, 1]
    brief = painter.briefs[0]
    assert brief.prompt == f"Scandinavian style. {WORDS}"
    assert brief.palette[0].startswith("#")
    assert (len(brief.materials) > 1, brief.room_type) == (True, "kitchen")
    assert brief.photo is not None
    assert Image.open(io.BytesIO(brief.photo)).size == (900, 600)


@pytest.mark.parametrize("role", ["user", "guest"])
async def test_mail_goes_to_who_has_an_address(place: Workplace, role: str) -> None:
    person = await place.person(role)
    room = await place.room(person)
    place.use(images=Painter())

    await ask(person, room, mode="from_scratch")
    await place.work()

    assert len(await inbox(person)) == 1
    assert len(await place.rows(Email)) == (1 if role == "user" else 0)
    assert len([*(place.folder / "mail").glob("*.eml")]) == (1 if role == "user" else 0)


async def test_the_mail_shows_the_picture_and_leads_to_the_page(place: Workplace, person: Person, room: Room) -> None:
    place.use(images=Painter())

    accepted = await ask(person, room)
    await place.work()

    [path] = (place.folder / "mail").glob("*.eml")
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    [picture] = [part.get_content() for part in letter.walk() if part.get_content_type() == "image/jpeg"]
    assert (Image.open(io.BytesIO(picture)).width, len(picture) <= 200_000) == (600, True)
    link = f"https://renovate.example/#/s/{room.session_id}/room?room={room.id}&render={accepted['renderId']}"
    words = letter.get_body(("plain",))
    assert words is not None
    assert link in words.get_content()


async def test_drawn_again_after_it_was_drawn_nothing_changes(place: Workplace, person: Person, room: Room) -> None:
    painter = Painter()
    place.use(images=painter)
    accepted = await ask(person, room, variations=2)
    await place.work()
    before = [await place.rows(kind) for kind in (Asset, Render, Notification, Email)]

    await place.change(Job, accepted["jobId"], status="queued")
    await place.work()

    after = [await place.rows(kind) for kind in (Asset, Render)]
    assert [[(row.id, row.version) for row in rows] for rows in after] == [
        [(row.id, row.version) for row in rows] for rows in before[:2]
    ]
    assert len(painter.briefs) == 2
    assert len(await place.rows(Email)) == 1
    assert len(await place.told(person, "render:complete")) == 2


async def test_every_variation_is_told_of_and_the_inbox_has_one_line(
    place: Workplace, person: Person, room: Room
) -> None:
    place.use(images=Painter())
    accepted = await ask(person, room, variations=3)

    await place.work()

    complete = await place.told(person, "render:complete")
    assert sorted(event["renderId"] for event in complete) == sorted(accepted["renderIds"])
    assert len({event["assetId"] for event in complete}) == 3
    assert await inbox(person) == [("render_complete", "Kitchen: Your 3 pictures are ready")]


async def test_a_photo_that_is_worked_on_is_waited_for(place: Workplace, person: Person, room: Room) -> None:
    place.use(images=Painter())
    asset_id = (await person.upload(room, PHOTO)).json()["id"]
    accepted = await ask(person, room)

    await place.work(RENDER)
    waiting = await states(person, accepted)
    await place.work(VARIANTS)
    await place.work_through_pauses()

    assert (waiting, await states(person, accepted)) == ([("queued", None)], [("ready", None)])
    render = await person.get(f"/api/renders/{accepted['renderId']}")
    assert render["baseAssetId"] == asset_id
    assert (await job_of(person, accepted))["attempts"] == 0


async def test_a_render_fails_with_its_photos_reason(place: Workplace, person: Person, room: Room) -> None:
    asset_id = (await person.upload(room, by_name("JPEG cut in half"))).json()["id"]
    accepted = await ask(person, room, baseAssetId=asset_id)

    await place.work(VARIANTS)
    await place.work()

    reason = (await person.get(f"/api/assets/{asset_id}"))["error"]
    assert (await person.get(f"/api/renders/{accepted['renderId']}"))["error"] == reason
    assert (await job_of(person, accepted))["error"] == reason
    [line] = (await person.get("/api/notifications"))["items"]
    assert (line["type"], line["message"]) == ("render_failed", reason["message"])
    [event] = await place.told(person, "render:failed")
    assert (event["renderId"], event["error"]) == (accepted["renderId"], reason)


async def test_a_photo_deleted_before_the_drawing_is_a_reason_too(place: Workplace, person: Person, room: Room) -> None:
    accepted = await ask(person, room)
    base_id = (await person.get(f"/api/renders/{accepted['renderId']}"))["baseAssetId"]

    await person.http.delete(f"/api/assets/{base_id}")
    await place.work()

    assert await states(person, accepted) == [("failed", "photo-gone")]


OUTCOMES: list[tuple[str, dict[str, list[Outcome]], list[tuple[str, str | None]], str, str]] = [
    (
        "one refused",
        {"v1": [REFUSED]},
        [("ready", None), ("failed", "image-refused")],
        "succeeded",
        "Kitchen: Your picture is ready",
    ),
    (
        "all refused",
        {"v0": [REFUSED], "v1": [REFUSED]},
        [("failed", "image-refused")] * 2,
        "failed",
        "Kitchen: no picture this time",
    ),
    (
        "one refused, one delayed",
        {"v0": [REFUSED], "v1": [BUSY]},
        [("failed", "image-refused"), ("ready", None)],
        "succeeded",
        "Kitchen: Your picture is ready",
    ),
    (
        "both delayed",
        {"v0": [BUSY], "v1": [BUSY, BUSY]},
        [("ready", None)] * 2,
        "succeeded",
        "Kitchen: Your 2 pictures are ready",
    ),
    (
        "one ready, one refused later",
        {"v1": [BUSY, REFUSED]},
        [("ready", None), ("failed", "image-refused")],
        "succeeded",
        "Kitchen: Your picture is ready",
    ),
    (
        "one ready, one never",
        {"v1": [BUSY] * 3},
        [("ready", None), ("failed", "vendor-busy")],
        "failed",
        "Kitchen: Your picture is ready",
    ),
    (
        "one refused, one never",
        {"v0": [REFUSED], "v1": [BUSY] * 3},
        [("failed", "image-refused"), ("failed", "vendor-busy")],
        "failed",
        "Kitchen: no picture this time",
    ),
    (
        "a bug of ours",
        {"v0": [ValueError("secret words")] * 3, "v1": [ValueError("secret words")] * 3},
        [("failed", "internal-error")] * 2,
        "failed",
        "Kitchen: no picture this time",
    ),
]


@pytest.mark.parametrize(
    ("outcomes", "renders", "job", "line"), [case[1:] for case in OUTCOMES], ids=[case[0] for case in OUTCOMES]
)
async def test_pictures_end_each_as_it_did_and_their_owner_is_told_once(
    place: Workplace,
    person: Person,
    room: Room,
    outcomes: dict[str, list[Outcome]],
    renders: list[tuple[str, str | None]],
    job: str,
    line: str,
) -> None:
    place.use(images=Painter(first_tries(**outcomes)))
    accepted = await ask(person, room, variations=2)

    await place.work_through_pauses()

    assert await states(person, accepted) == renders
    assert (await job_of(person, accepted))["status"] == job
    assert [title for _, title in await inbox(person)] == [line]
    assert len(await place.rows(Email)) == (0 if "no picture" in line else 1)
    ready = [status for status, _ in renders if status == "ready"]
    assert len(await place.rows(Asset, Asset.asset_type == "render")) == len(ready)
    ended = await place.told(person, "render:complete", "render:failed")
    assert sorted(event["renderId"] for event in ended) == sorted(accepted["renderIds"])
    assert "secret words" not in str(await place.told(person))


async def test_what_failed_is_asked_for_again_and_what_is_ready_stays(
    place: Workplace, person: Person, room: Room
) -> None:
    place.use(images=Painter(first_tries(v1=[BUSY] * 3)))
    accepted = await ask(person, room, variations=2)
    await place.work_through_pauses()
    first = await person.get(f"/api/renders/{accepted['renderIds'][0]}")

    job = await person.post(f"/api/jobs/{accepted['jobId']}/retry")
    again = await states(person, accepted)
    await place.work()

    assert (job["status"], job["attempts"], job["error"], job["deadLetter"]) == ("queued", 0, None, False)
    assert again == [("ready", None), ("queued", None)]
    assert await states(person, accepted) == [("ready", None)] * 2
    assert await person.get(f"/api/renders/{accepted['renderIds'][0]}") == first
    assert len(await place.rows(Email)) == 1


async def test_a_wish_that_waits_can_be_cancelled(place: Workplace, person: Person, room: Room) -> None:
    painter = Painter()
    place.use(images=painter)
    accepted = await ask(person, room, variations=2)

    job = await person.post(f"/api/jobs/{accepted['jobId']}/cancel")
    again = await person.post(f"/api/jobs/{accepted['jobId']}/cancel")
    await place.work()

    assert (job["status"], job["isTerminal"], again) == ("cancelled", True, job)
    assert await states(person, accepted) == [("cancelled", None)] * 2
    assert (painter.briefs, await inbox(person)) == ([], [])


async def begin(place: Workplace, painter: Painter, accepted: dict[str, Any]) -> "asyncio.Task[None]":
    """Let a worker begin to draw, and return its work; it stops when told, as a worker's process would hear it."""
    painter.goes_on.clear()
    performer = place.performer()
    working = asyncio.create_task(performer.perform((await place.row(Job, accepted["jobId"])).id))
    async with asyncio.timeout(10):
        await painter.begun.wait()
    return working


@pytest.mark.parametrize("gone", ["job", "asset", "room", "session"])
async def test_whatever_ends_while_a_picture_is_drawn_leaves_nothing_behind(
    place: Workplace, person: Person, room: Room, gone: str
) -> None:
    painter = Painter()
    place.use(images=painter)
    accepted = await ask(person, room)
    base_id = (await person.get(f"/api/renders/{accepted['renderId']}"))["baseAssetId"]
    working = await begin(place, painter, accepted)

    if gone == "job":
        await person.post(f"/api/jobs/{accepted['jobId']}/cancel")
    else:
        which = {"asset": base_id, "room": room.id, "session": room.session_id}[gone]
        assert (await person.http.delete(f"/api/{gone}s/{which}")).status_code == 204
    painter.goes_on.set()
    await working
    await place.work()

    if gone == "asset":  # the photo was read before it went: the picture is still wanted
        assert await states(person, accepted) == [("ready", None)]
        return
    assert (await job_of(person, accepted))["status"] == "cancelled"
    assert await place.rows(Asset, Asset.asset_type == "render") == []
    assert (await inbox(person), await place.rows(Email)) == ([], [])
    assert len(await place.rows(Render)) == (1 if gone == "job" else 0)
    if gone != "job":
        left = [key for key in await place.stored() if base_id in key]
        assert left == []


async def test_a_drawing_that_a_crash_cut_short_is_drawn_again_and_counts_once(
    place: Workplace, person: Person, room: Room
) -> None:
    painter = Painter()
    place.use(images=painter)
    accepted = await ask(person, room)
    lost = await begin(place, painter, accepted)

    await place.change(Job, accepted["jobId"], status="queued", token=Job.token + 1, run_after=func.now())
    painter.goes_on.set()
    await place.work()
    await lost

    assert len(painter.briefs) == 2
    assert len(await place.rows(Asset, Asset.asset_type == "render")) == 1
    assert [len(await place.told(person, name)) for name in ("render:complete", "notification:new")] == [1, 1]
    assert len(await place.rows(Email)) == 1


async def test_a_picture_too_rich_for_a_mail_is_sent_smaller(place: Workplace, person: Person, room: Room) -> None:
    class Noisy(Painter):
        async def draw(self, brief: Any) -> Any:
            plain = await super().draw(brief)
            noise = [Image.effect_noise((900, 1_400), 250) for _ in range(3)]
            return type(plain)(saved(Image.merge("RGB", noise), "PNG"), "image/png", "painter-1", 0.5)

    place.use(images=Noisy())

    await ask(person, room)
    await place.work(RENDER)

    [email] = await place.rows(Email)
    sent = (await place.stored())[email.data["picture_key"]]
    assert 20_000 < len(sent) <= 200_000
    assert Image.open(io.BytesIO(sent)).format == "JPEG"
