"""The rules around uploads: how many, of what kind, what a cancel, a retry, a deletion or an outage leaves behind."""

import asyncio
import io
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from PIL import Image
from sqlalchemy import select

from app.db.models import Asset, Job, RenovationSession, Room
from app.domain.assets.jobs import make_variants
from app.domain.assets.service import PER_ROOM
from app.domain.rooms.service import RoomService
from app.domain.sessions.service import SessionService
from app.lib.cpu import CpuPool, WorkCrashed, WorkTimedOut
from app.vendors import Unavailable
from app.vendors.storage.local import LocalFiles
from tests.factories import make_asset, random_id
from tests.factories_pictures import Upload, by_name
from tests.raw_pictures import CANARY, quarters, saved
from tests.workplace import Person, Workplace

T = TypeVar("T")
PHOTO = Upload("a small photo", saved(quarters(), "JPEG"), "room.jpg", "image/jpeg", "ready")
PLAN = Upload(
    "a floor plan", saved(quarters(300, 200), "PDF", title=CANARY.decode()), "plan.pdf", "application/pdf", "ready"
)


async def fill(place: Workplace, room: Room, count: int, **values: Any) -> None:
    """Put pictures into a room."""
    async with place.db() as db:
        for _ in range(count):
            await make_asset(db, room, **values)
        await db.commit()


async def test_a_room_holds_twenty_uploads_beside_any_number_of_results(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    await fill(place, room, PER_ROOM - 1)
    await fill(place, room, 5, asset_type="render", source="render")

    last = await person.upload(room, PHOTO)
    over = await person.upload(room, PHOTO)

    assert (last.status_code, over.status_code, over.json()["code"]) == (201, 409, "too-many-assets")
    assert over.json()["limit"] == PER_ROOM
    assert list(await place.stored()) == [f"assets/{last.json()['id']}/upload"]


async def test_of_a_crowd_racing_for_the_last_place_one_gets_it(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    await fill(place, room, PER_ROOM - 1)

    answers = await asyncio.gather(*(person.upload(room, PHOTO) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(await place.rows(Asset, Asset.room_id == room.id)) == PER_ROOM
    assert len(await place.stored()) == 1


async def test_somebody_elses_room_takes_nothing_whatever_is_sent(place: Workplace, person: Person) -> None:
    room = await place.room(await place.person())

    answers = [await person.upload(room, upload) for upload in (PHOTO, by_name("GIF"))]
    listed = await person.http.get(f"/api/rooms/{room.id}/assets")

    assert [answer.status_code for answer in (*answers, listed)] == [404] * 3
    assert {answer.json()["code"] for answer in (*answers, listed)} == {"room-not-found"}
    assert await place.stored() == {}


async def test_a_floor_plan_may_be_a_pdf_and_is_only_ever_downloaded(place: Workplace, person: Person) -> None:
    room = await place.room(person)

    as_photo = await person.upload(room, PLAN)
    as_plan = await person.upload(room, PLAN, "floorplan")
    await place.work()
    asset = await person.get(f"/api/assets/{as_plan.json()['id']}")
    content = await person.http.get(asset["contentUrl"])
    sized = await person.http.get(f"{asset['contentUrl']}?width=320")

    assert (as_photo.status_code, as_plan.status_code) == (415, 201)
    assert (asset["assetType"], asset["status"], asset["contentType"]) == ("floorplan", "ready", "application/pdf")
    assert (asset["widthPx"], asset["variants"]) == (None, [])
    assert (content.status_code, content.headers["content-type"]) == (200, "application/pdf")
    assert content.headers["content-disposition"].startswith('attachment; filename="plan.pdf"')
    assert "sandbox" in content.headers["content-security-policy"]
    assert content.content.startswith(b"%PDF-")
    assert CANARY not in content.content
    assert (sized.status_code, sized.json()["code"]) == (404, "picture-has-no-sizes")


async def test_a_floor_plan_may_be_a_picture(place: Workplace, person: Person) -> None:
    answer = await person.upload(await place.room(person), PHOTO, "floorplan")
    await place.work()

    asset = await person.get(f"/api/assets/{answer.json()['id']}")

    assert (asset["assetType"], asset["status"], asset["widthPx"]) == ("floorplan", "ready", 96)


async def test_what_people_write_beside_a_picture_may_change(place: Workplace, person: Person) -> None:
    answer = await person.upload(await place.room(person), PHOTO, caption="x" * 500, altText="ä" * 500)
    url, etag = f"/api/assets/{answer.json()['id']}", answer.headers["etag"]

    body = {"caption": None, "altText": "A window", "position": 3}
    changed = await person.http.patch(url, json=body, headers={"If-Match": etag})
    late = await person.http.patch(url, json={"caption": "again"}, headers={"If-Match": etag})
    same = await person.http.patch(url, json={})
    wrong = await person.http.patch(url, json={"status": "ready"})

    assert (answer.json()["caption"], changed.status_code, late.status_code) == ("x" * 500, 200, 412)
    told = changed.json()
    assert (told["caption"], told["altText"], told["position"]) == (None, "A window", 3)
    assert same.headers["etag"] == changed.headers["etag"] != etag
    assert wrong.status_code == 400


async def test_a_room_lists_its_pictures_in_their_order(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    ids = [(await person.upload(room, PHOTO)).json()["id"] for _ in range(4)]
    await person.http.patch(f"/api/assets/{ids[0]}", json={"position": 9})
    await place.work()

    first = await person.get(f"/api/rooms/{room.id}/assets?limit=3")
    second = await person.get(f"/api/rooms/{room.id}/assets", params={"limit": 3, "cursor": first["nextCursor"]})

    assert [asset["id"] for asset in first["items"]] == ids[1:]
    assert [asset["id"] for asset in second["items"]] == ids[:1]
    assert second["nextCursor"] is None
    assert [len(asset["variants"]) for asset in first["items"]] == [2] * 3


async def test_a_deleted_picture_takes_its_files_and_its_job_along(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    ready = (await person.upload(room, PHOTO)).json()["id"]
    await place.work()
    waiting = (await person.upload(room, PHOTO)).json()["id"]

    late = await person.http.delete(f"/api/assets/{ready}", headers={"If-Match": '"old"'})
    answers = [await person.http.delete(f"/api/assets/{asset_id}") for asset_id in (ready, waiting, ready)]
    await place.work()

    assert late.status_code == 412
    assert [answer.status_code for answer in answers] == [204, 204, 404]
    assert (await place.rows(Asset), await place.stored()) == ([], {})
    jobs = await place.rows(Job, Job.kind == "image.variants")
    assert [job.status for job in jobs] == ["succeeded", "cancelled"]


class Clumsy(CpuPool):
    """Processes that fail for the first few pictures."""

    def __init__(self, real: CpuPool, *failures: Exception) -> None:
        self._real = real
        self._failures = list(failures)

    async def run(self, work: Callable[..., T], *args: Any, limit_s: float = 60) -> T:
        """Fail, or do the work."""
        if self._failures:
            raise self._failures.pop(0)
        return await self._real.run(work, *args, limit_s=limit_s)


CRASHES = [WorkCrashed("no answer"), WorkTimedOut("killed")]


@pytest.mark.parametrize("failure", CRASHES, ids=["crash", "time-out"])
async def test_one_crash_is_forgiven_and_two_are_the_pictures_fault(
    place: Workplace, person: Person, failure: Exception
) -> None:
    room = await place.room(person)
    cpu = place.resources.upload_cpu

    place.use(upload_cpu=Clumsy(cpu, failure))
    first = (await person.upload(room, PHOTO)).json()["id"]
    await place.work_through_pauses()
    place.use(upload_cpu=Clumsy(cpu, failure, failure))
    second = (await person.upload(room, PHOTO)).json()["id"]
    await place.work_through_pauses()

    assert (await person.get(f"/api/assets/{first}"))["status"] == "ready"
    asset = await person.get(f"/api/assets/{second}")
    assert (asset["status"], asset["error"]["code"]) == ("failed", "too-costly")
    assert not [key for key in await place.stored() if second in key]


class Away(LocalFiles):
    """A file store that is away."""

    async def put(self, key: str, data: bytes) -> None:
        """Refuse."""
        raise Unavailable("There is no room left for files.", code="storage-full")

    async def get(self, key: str) -> bytes:
        """Refuse."""
        raise Unavailable("Files cannot be read right now.", code="storage-down")


async def test_a_full_disk_refuses_an_upload_and_keeps_no_row(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    place.use(files=Away(place.folder / "nowhere"))

    answer = await person.upload(room, PHOTO)

    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (await place.rows(Asset), await place.rows(Job)) == ([], [])


async def test_an_upload_that_failed_for_an_outage_can_be_asked_for_again(place: Workplace, person: Person) -> None:
    files = place.resources.files
    asset_id = (await person.upload(await place.room(person), PHOTO)).json()["id"]
    place.use(files=Away(place.folder / "nowhere"))
    await place.work_through_pauses(make_variants.kind)
    failed = await person.get(f"/api/assets/{asset_id}")
    [job] = (await person.get("/api/jobs?status=failed"))["items"]

    place.use(files=files)
    await person.post(f"/api/jobs/{job['id']}/retry")
    waiting = await person.get(f"/api/assets/{asset_id}")
    await place.work()

    assert (failed["status"], failed["error"]["code"], job["deadLetter"]) == ("failed", "storage-down", True)
    assert (waiting["status"], waiting["error"]) == ("processing", None)
    assert (await person.get(f"/api/assets/{asset_id}"))["status"] == "ready"


async def test_a_damaged_upload_cannot_be_asked_for_again(place: Workplace, person: Person) -> None:
    asset_id = (await person.upload(await place.room(person), by_name("JPEG cut in half"))).json()["id"]
    await place.work()
    [job] = (await person.get("/api/jobs"))["items"]

    refused = await person.post(f"/api/jobs/{job['id']}/retry", expect=409)

    assert refused["code"] == "upload-gone"
    assert (await person.get(f"/api/jobs/{job['id']}"))["status"] == "failed"
    assert (await person.get(f"/api/assets/{asset_id}"))["error"]["code"] == "ends-early"


async def test_a_cancelled_upload_is_failed_and_its_file_is_gone(place: Workplace, person: Person) -> None:
    asset_id = (await person.upload(await place.room(person), PHOTO)).json()["id"]
    [job] = (await person.get("/api/jobs"))["items"]

    await person.post(f"/api/jobs/{job['id']}/cancel")
    await place.work()

    asset = await person.get(f"/api/assets/{asset_id}")
    assert (asset["status"], asset["error"]["code"], await place.stored()) == ("failed", "cancelled", {})


async def test_an_upload_whose_bytes_were_lost_says_so(place: Workplace, person: Person) -> None:
    asset_id = (await person.upload(await place.room(person), PHOTO)).json()["id"]
    await place.resources.files.delete(f"assets/{asset_id}/upload")

    await place.work()

    assert (await person.get(f"/api/assets/{asset_id}"))["error"]["code"] == "upload-missing"


@pytest.mark.parametrize("whole_session", [True, False], ids=["session", "room"])
async def test_deleting_what_is_being_uploaded_to_blocks_nobody_and_leaves_nothing(
    place: Workplace, person: Person, whole_session: bool
) -> None:
    room = await place.room(person)

    async def end() -> None:
        await asyncio.sleep(0.05)
        async with place.resources.transaction() as db:
            if whole_session:
                await SessionService(db, place.resources).delete(person.id, room.session_id)
            else:
                await RoomService(db, place.resources).delete(person.id, room.id)

    async with asyncio.timeout(20):
        *answers, _ = await asyncio.gather(*(person.upload(room, PHOTO) for _ in range(12)), end())
    await place.work()

    assert {answer.status_code for answer in answers if answer} <= {201, 404}
    assert await place.rows(Room) == []
    assert len(await place.rows(RenovationSession)) == (0 if whole_session else 1)
    async with place.db() as db:
        assert (await db.scalars(select(Job.id).where(Job.status.in_(("queued", "running"))))).all() == []
    assert await place.stored() == {}


async def test_the_same_key_uploads_once(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    headers = {"Idempotency-Key": "upload-1"}
    form: dict[str, Any] = {"files": {"file": ("room.jpg", PHOTO.data, "image/jpeg")}, "headers": headers}

    answers = [await person.http.post(f"/api/rooms/{room.id}/assets", **form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len(await place.rows(Asset)) == 1


async def test_an_unknown_picture_is_not_there(person: Person) -> None:
    for method in ("GET", "DELETE"):
        answer = await person.http.request(method, f"/api/assets/{random_id()}")

        assert (answer.status_code, answer.json()["code"]) == (404, "asset-not-found")


async def test_a_picture_is_never_enlarged(place: Workplace, person: Person) -> None:
    answer = await person.upload(await place.room(person), by_name("one pixel"))
    await place.work()

    content = await person.http.get(f"{answer.json()['contentUrl']}?width=1600")

    assert Image.open(io.BytesIO(content.content)).size == (1, 1)
