"""Uploads over HTTP, up to the job that decodes them: what is refused at once, what fails, what becomes a picture."""

import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from app.db.models import Asset, Job
from app.domain.assets.ladder import rungs
from tests.factories_pictures import Upload, by_name, friendly, hostile, large_upload
from tests.raw_pictures import CANARY
from tests.workplace import Person, Workplace

ALL = [*friendly(), *hostile()]
REFUSED = [upload for upload in ALL if upload.expected.isdigit()]
FAILED = [upload for upload in ALL if upload.expected == "failed"]
READY = [upload for upload in ALL if upload.expected == "ready" and upload.filename]
FIELDS = {
    *("id", "sessionId", "roomId", "assetType", "source", "status", "filename", "contentType", "sizeBytes", "widthPx"),
    *("heightPx", "sha256", "caption", "altText", "position", "contentUrl", "variants", "error", "createdAt"),
}


def name_of(upload: Upload) -> str:
    """Return what a test of an upload is called."""
    return upload.name


async def assert_nothing_kept(place: Workplace) -> None:
    """Check that an upload left no row, no job and no file."""
    assert (await place.rows(Asset), await place.rows(Job), await place.stored()) == ([], [], {})


@pytest.mark.parametrize("upload", [*REFUSED, large_upload()], ids=name_of)
async def test_what_its_head_shows_is_refused_at_once(place: Workplace, person: Person, upload: Upload) -> None:
    room = await place.room(person)

    answer = await person.upload(room, upload)

    assert answer.status_code == int(upload.expected), answer.text
    assert answer.json()["detail"].endswith(".")
    await assert_nothing_kept(place)


@pytest.mark.parametrize("upload", FAILED, ids=name_of)
async def test_damage_that_only_a_decoder_sees_ends_as_failed(place: Workplace, person: Person, upload: Upload) -> None:
    room = await place.room(person)

    accepted = (await person.upload(room, upload)).json()
    await place.work()

    asset = await person.get(f"/api/assets/{accepted['id']}")
    assert (accepted["status"], asset["status"]) == ("processing", "failed")
    assert (asset["variants"], asset["sha256"]) == ([], None)
    assert asset["error"]["message"].endswith(".")
    assert await place.stored() == {}
    last = (await place.told(person, "asset:processing_progress"))[-1]
    assert (last["assetId"], last["status"], last["error"]) == (asset["id"], "failed", asset["error"])
    [job] = (await person.get("/api/jobs"))["items"]
    assert (job["kind"], job["status"]) == ("image.variants", "failed")
    assert (job["error"], job["deadLetter"]) == (asset["error"], False)
    content = await person.http.get(asset["contentUrl"])
    assert (content.status_code, content.json()["code"]) == (409, "asset-not-ready")


@pytest.mark.parametrize("upload", READY, ids=name_of)
async def test_a_picture_is_kept_with_its_sizes_and_without_its_secrets(
    place: Workplace, person: Person, upload: Upload
) -> None:
    room = await place.room(person)

    answer = await person.upload(room, upload)
    await place.work()

    asset = await person.get(f"/api/assets/{answer.json()['id']}")
    assert (asset["status"], asset["error"], set(asset)) == ("ready", None, FIELDS)
    stored = await place.stored()
    row: Asset = await place.row(Asset, asset["id"])
    assert row.upload_key is None
    assert row.storage_key is not None
    original = stored[row.storage_key]
    assert (asset["sha256"], asset["sizeBytes"]) == (hashlib.sha256(original).hexdigest(), len(original))
    with Image.open(io.BytesIO(original)) as picture:
        assert picture.size == (asset["widthPx"], asset["heightPx"])
        assert Image.MIME[picture.format or ""] == asset["contentType"]
    wanted = [f"{width}-80.webp" for width in rungs(asset["widthPx"])]
    assert sorted(variant["name"] for variant in asset["variants"]) == sorted([*wanted, "thumbnail.webp"])
    assert len(stored) == len(asset["variants"]) + 1
    for data in stored.values():
        assert CANARY not in data
        assert not dict(Image.open(io.BytesIO(data)).getexif())


async def test_an_upload_is_accepted_at_once_and_told_of_as_it_goes(place: Workplace, person: Person) -> None:
    room = await place.room(person)
    phone = by_name("photo from a phone")

    answer = await person.upload(room, phone, caption="Before", altText="A window on the left")
    await place.work()

    asset = answer.json()
    assert (answer.status_code, set(asset)) == (201, FIELDS)
    assert answer.headers["location"] == f"/api/assets/{asset['id']}"
    assert answer.headers["etag"] == f'"{UUID(asset["id"]).hex}.1"'
    assert (asset["sessionId"], asset["roomId"]) == (str(room.session_id), str(room.id))
    assert (asset["assetType"], asset["source"], asset["status"]) == ("photo", "upload", "processing")
    assert (asset["caption"], asset["altText"], asset["position"]) == ("Before", "A window on the left", 0)
    assert (asset["sizeBytes"], asset["sha256"], asset["variants"]) == (len(phone.data), None, [])
    assert asset["contentUrl"] == f"/api/assets/{asset['id']}/content"
    told = await place.told(person, "asset:processing_progress")
    assert [(event["status"], event["progress"]) for event in told] == [
        ("processing", 0),
        ("processing", 20),
        ("processing", 80),
        ("ready", 100),
    ]
    assert {event["sessionId"] for event in told} == {asset["sessionId"]}
    after = await person.get(f"/api/assets/{asset['id']}")
    assert (after["widthPx"], after["heightPx"]) == (600, 900)  # the camera was held upright


@pytest.mark.parametrize(
    ("upload", "shown"),
    [
        ("a path in the name", "photo.jpg"),
        ("a Windows path in the name", "photo.jpg"),
        ("an absolute path", "passwd"),
        ("a hidden file", "htaccess"),
        ("right to left", "photogpj.exe"),
        ("Hebrew", "סלון.jpg"),
        ("only dots", "upload"),
    ],
)
async def test_a_file_name_is_shown_harmless_and_names_no_file(
    place: Workplace, person: Person, upload: str, shown: str
) -> None:
    answer = await person.upload(await place.room(person), by_name(upload))

    assert answer.json()["filename"] == shown
    assert list(await place.stored()) == [f"assets/{answer.json()['id']}/upload"]


PHOTO = ("room.jpg", friendly()[0].data, "image/jpeg")
FORMS: list[tuple[str, dict[str, Any], int]] = [
    ("text where the file should be", {"data": {"file": "a photo"}, "files": {"x": ("", b"")}}, 400),
    ("no file", {"files": {"caption": (None, "Before")}}, 400),
    ("a file without a name", {"files": {"file": ("", PHOTO[1], "image/jpeg")}}, 400),
    ("the file under another name", {"files": {"photo": PHOTO}}, 400),
    ("two files", {"files": [("file", PHOTO), ("file", PHOTO)]}, 400),
    ("an unknown field", {"files": {"file": PHOTO}, "data": {"ownerId": "x"}}, 400),
    ("the result of a render", {"files": {"file": PHOTO}, "data": {"assetType": "render"}}, 400),
    ("NUL in the caption", {"files": {"file": PHOTO}, "data": {"caption": "a\0b"}}, 400),
    ("a caption that is too long", {"files": {"file": PHOTO}, "data": {"caption": "x" * 501}}, 400),
    ("a text for the blind that is too long", {"files": {"file": PHOTO}, "data": {"altText": "x" * 501}}, 400),
    ("1,001 parts", {"files": [("file", PHOTO), *((f"x{n}", (None, "")) for n in range(1_001))]}, 413),
    ("no boundary", {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    (
        "a form that never begins",
        {"content": b"junk", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        400,
    ),
    ("JSON", {"json": {"file": "room.jpg"}}, 415),
    ("the bare picture", {"content": PHOTO[1], "headers": {"Content-Type": "image/jpeg"}}, 415),
    ("nothing", {}, 400),
]


@pytest.mark.parametrize(("form", "status"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
async def test_a_form_that_is_not_one_is_refused(
    place: Workplace, person: Person, form: dict[str, Any], status: int
) -> None:
    room = await place.room(person)

    answer = await person.http.post(f"/api/rooms/{room.id}/assets", **form)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    await assert_nothing_kept(place)


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "in pieces without a length"])
async def test_a_hundred_megabytes_are_refused_before_they_are_read(
    place: Workplace, person: Person, declared: bool
) -> None:
    room = await place.room(person)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'
        for piece in (head, *[bytes(1_000_000)] * 100):
            read += len(piece)
            yield piece

    headers = {"Content-Type": "multipart/form-data; boundary=b"} | (
        {"Content-Length": "100000071"} if declared else {}
    )
    answer = await person.http.post(f"/api/rooms/{room.id}/assets", content=body(), headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert read <= (0 if declared else 12_000_000)
    await assert_nothing_kept(place)
