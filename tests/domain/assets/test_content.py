"""A picture's bytes: which size answers, what browsers may keep, and sizes made once when somebody asks."""

import asyncio
import hashlib
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from app.db.models import AssetVariant, Job
from app.domain.assets.content import ContentService, Wish
from app.domain.assets.jobs import make_variant
from app.lib.errors import TemporarilyUnavailable
from app.web.downloads import IMMUTABLE
from tests.factories import make_asset
from tests.factories_pictures import Upload, by_name
from tests.raw_pictures import room, saved
from tests.workplace import Person, Workplace

WIDE = Upload("wide", saved(room(1_000, 500), "JPEG"), "Küche 1.jpeg", "image/jpeg", "ready")


@pytest.fixture
async def photo(place: Workplace, person: Person) -> str:
    """Return the address of a picture of 1,000 by 500 pixels that is ready."""
    answer = await person.upload(await place.room(person), WIDE)
    await place.work()
    return answer.json()["contentUrl"]


def size(answer: httpx.Response) -> tuple[int, int]:
    """Return the pixels of the picture that came."""
    return Image.open(io.BytesIO(answer.content)).size


@pytest.mark.parametrize(
    ("query", "width", "rung"),
    [
        ("width=1", 320, "320-80"),
        ("width=320", 320, "320-80"),
        ("width=321", 480, "480-80"),
        ("width=640&quality=61", 640, "640-80"),
        ("width=800&quality=80&format=webp", 800, "800-80"),
        ("width=801", 1_000, "1000-80"),
        ("width=10000", 1_000, "1000-80"),
        ("quality=75", 1_000, "1000-80"),
        ("format=webp", 1_000, "1000-80"),
    ],
)
async def test_widths_and_qualities_snap_up_to_what_is_kept(
    person: Person, photo: str, query: str, width: int, rung: str
) -> None:
    answer = await person.http.get(f"{photo}?{query}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert size(answer) == (width, width // 2)
    assert answer.headers["etag"].endswith(f'-{rung}.webp"')
    assert answer.headers["content-disposition"].endswith(f"filename*=UTF-8''K%C3%BCche%201-{rung}.webp")


async def test_the_thumbnail_fills_its_frame_whatever_else_is_asked(person: Person, photo: str) -> None:
    answers = [await person.http.get(f"{photo}?variant=thumbnail{more}") for more in ("", "&width=800&format=jpeg")]

    assert [size(answer) for answer in answers] == [(300, 200)] * 2


async def test_with_nothing_asked_the_kept_original_answers(place: Workplace, person: Person, photo: str) -> None:
    answer = await person.http.get(photo)

    asset = await person.get(photo.removesuffix("/content"))
    assert hashlib.sha256(answer.content).hexdigest() == asset["sha256"]
    assert size(answer) == (1_000, 500)
    assert answer.headers["content-disposition"].startswith('inline; filename="K_che 1.jpeg"')
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_picture_kept_as_another_kind_is_saved_under_a_fitting_name(place: Workplace, person: Person) -> None:
    answer = await person.upload(await place.room(person), by_name("photo from an iPhone"))
    await place.work()

    content = await person.http.get(answer.json()["contentUrl"])

    assert answer.json()["filename"] == "IMG_0417.HEIC"
    assert content.headers["content-type"] == "image/jpeg"
    assert 'filename="IMG_0417.jpg"' in content.headers["content-disposition"]


@pytest.mark.parametrize("query", ["", "?width=480"], ids=["original", "variant"])
async def test_a_browser_keeps_it_and_asks_for_parts(person: Person, photo: str, query: str) -> None:
    url = f"{photo}{query}"
    whole = await person.http.get(url)
    etag, data = whole.headers["etag"], whole.content

    async def ask(**headers: str) -> tuple[int, bytes]:
        answer = await person.http.get(url, headers={name.replace("_", "-"): text for name, text in headers.items()})
        assert answer.headers.get("etag", etag) == etag
        return answer.status_code, answer.content if answer.status_code != 416 else b""

    assert await ask(If_None_Match=etag) == (304, b"")
    assert await ask(If_None_Match='"other"') == (200, data)
    assert await ask(Range="bytes=10-19") == (206, data[10:20])
    assert await ask(Range="bytes=-7") == (206, data[-7:])
    assert await ask(Range=f"bytes={len(data)}-") == (416, b"")
    assert await ask(Range="bytes=0-4", If_Range=etag) == (206, data[:5])
    assert await ask(Range="bytes=0-4", If_Range='"other"') == (200, data)
    head = await person.http.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(data)), b"")


@pytest.mark.parametrize(
    "query",
    ["width=0", "width=10001", "width=1e2", "quality=0", "quality=101", "format=gif", "variant=huge", "size=9"],
)
async def test_what_the_document_does_not_know_is_refused(person: Person, photo: str, query: str) -> None:
    answer = await person.http.get(f"{photo}?{query}")

    assert answer.status_code == 400


async def made_while(place: Workplace, *asking: Any) -> list[Any]:
    """Return what requests answer while a worker is there to make what they want."""
    working = asyncio.create_task(keep_working(place))
    try:
        return await asyncio.gather(*asking)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def keep_working(place: Workplace) -> None:
    while True:
        await place.work()
        await asyncio.sleep(0.05)


async def test_a_size_that_a_crowd_asks_for_is_made_once(place: Workplace, person: Person, photo: str) -> None:
    url = f"{photo}?width=640&quality=90&format=jpeg"

    answers = await made_while(place, *(person.http.get(url) for _ in range(8)))
    again = await person.http.get(url)

    assert [answer.status_code for answer in (*answers, again)] == [200] * 9
    assert {answer.content for answer in (*answers, again)} == {again.content}
    assert (size(again), again.headers["content-type"]) == ((640, 320), "image/jpeg")
    assert [job.status for job in await place.rows(Job, Job.kind == make_variant.kind)] == ["succeeded"]
    assert len(await place.rows(AssetVariant, AssetVariant.name == "640-90.jpeg")) == 1


async def test_a_further_size_leaves_the_asset_as_its_etag_says(place: Workplace, person: Person, photo: str) -> None:
    url = photo.removesuffix("/content")
    before = await person.http.get(url)

    [made] = await made_while(place, person.http.get(f"{photo}?format=avif"))
    after = await person.http.get(url)

    assert (made.status_code, made.headers["content-type"]) == (200, "image/avif")
    assert (after.headers["etag"], after.json()) == (before.headers["etag"], before.json())


async def test_who_waits_too_long_is_told_to_come_back(place: Workplace, person: Person, photo: str) -> None:
    asset_id = (await person.get(photo.removesuffix("/content")))["id"]
    patience_s = 0.2
    content = ContentService(place.resources, patience_s)

    with pytest.raises(TemporarilyUnavailable) as refusal:
        await content.find(person.id, asset_id, Wish(width=320, format="avif"))
    await place.work()
    found = await content.find(person.id, asset_id, Wish(width=320, format="avif"))

    assert refusal.value.headers == {"Retry-After": "3"}
    assert (found.content_type, found.size_bytes > 0) == ("image/avif", True)


async def test_a_size_ordered_when_it_was_just_made_is_not_made_again(
    place: Workplace, person: Person, photo: str
) -> None:
    await made_while(place, person.http.get(f"{photo}?quality=60"))
    files = await place.stored()
    [job] = await place.rows(Job, Job.kind == make_variant.kind)

    await place.change(Job, job.id, status="queued")
    await place.work()

    assert (await place.row(Job, job.id)).status == "succeeded"
    assert await place.stored() == files


@pytest.mark.parametrize("query", ["", "?width=320", "?variant=thumbnail"])
async def test_somebody_elses_picture_is_not_there(place: Workplace, photo: str, query: str) -> None:
    stranger = await place.person()

    answer = await stranger.http.get(f"{photo}{query}")

    assert (answer.status_code, answer.json()["code"]) == (404, "asset-not-found")


@pytest.mark.parametrize("query", ["", "?width=320"])
async def test_a_picture_that_is_still_worked_on_is_not_ready(place: Workplace, person: Person, query: str) -> None:
    accepted = (await person.upload(await place.room(person), WIDE)).json()

    answer = await person.http.get(f"{accepted['contentUrl']}{query}")

    assert (answer.status_code, answer.json()["code"]) == (409, "asset-not-ready")
    assert answer.json()["assetStatus"] == "processing"


async def test_a_file_the_store_has_lost_is_404(place: Workplace, person: Person) -> None:
    row = await place.room(person)
    async with place.db() as db:
        asset = await make_asset(db, row, sha256="0" * 64, storage_key="assets/lost/original.jpg")
        await db.commit()

    answer = await person.http.get(f"/api/assets/{asset.id}/content")

    assert (answer.status_code, answer.json()["code"]) == (404, "file-gone")
