import asyncio
import base64
import io
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator

import pytest
from PIL import Image

from app.vendors import Unavailable
from app.vendors.images import ImageBrief, ImageRefused
from app.vendors.images.gemini import GeminiImages
from tests.standins.gemini import (
    GeminiStandIn,
    drawn,
    finished,
    key_invalid,
    picture_answer,
    prompt_blocked,
    quota,
    refused,
)
from tests.standins.server import (
    Answer,
    Step,
    cut_after,
    error,
    garbage,
    hang,
    hang_after,
    html,
    instead,
    json_answer,
    reset,
    slow,
)

MODEL = "gemini-2.5-flash-image"
WORDS = ImageBrief(prompt="oak cabinets and linen", palette=("#e8e0d2", "#5b7f5a"), materials=("oak",))


@pytest.fixture
def vendor() -> Generator[GeminiStandIn]:
    with GeminiStandIn() as vendor:
        yield vendor


@pytest.fixture
async def images(vendor: GeminiStandIn) -> AsyncGenerator[GeminiImages]:
    images = adapter(vendor)
    yield images
    await images.aclose()


def adapter(vendor: GeminiStandIn, limit_s: float = 5, base_url: str = "") -> GeminiImages:
    return GeminiImages(vendor.key, MODEL, base_url or vendor.url, asyncio.to_thread, limit_s)


def photo(width: int, height: int, kind: str = "JPEG", orientation: int = 1) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height), "#808080").save(out, kind, exif=exif)
    return out.getvalue()


def size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.size


async def test_a_picture_is_drawn_from_words(vendor: GeminiStandIn, images: GeminiImages) -> None:
    picture = await images.draw(WORDS)

    assert (picture.content_type, picture.model, size(picture.data)) == ("image/png", MODEL, (640, 480))
    sent = vendor.requests[0]
    assert sent.path == f"/v1beta/models/{MODEL}:generateContent"
    assert sent.json["generationConfig"]["responseModalities"] == ["IMAGE"]
    text = sent.json["contents"][0]["parts"][0]["text"]
    assert all(word in text for word in ("oak cabinets and linen", "#e8e0d2", "#5b7f5a"))


async def test_the_photo_travels_as_it_is(vendor: GeminiStandIn, images: GeminiImages) -> None:
    room = photo(400, 300, "WEBP")

    await images.draw(ImageBrief(prompt="japandi", photo=room, room_type="living_room"))

    first, second = vendor.requests[0].json["contents"][0]["parts"]
    assert "image/webp" in first["inlineData"].values()
    assert base64.urlsafe_b64decode(first["inlineData"]["data"]) == room
    assert "living room" in second["text"]
    assert "Keep its structure exactly" in second["text"]


@pytest.mark.parametrize(
    ("width", "height", "orientation", "asked"),
    [(400, 300, 1, "4:3"), (400, 300, 6, "3:4"), (600, 400, 1, "3:2"), (500, 500, 1, "1:1"), (900, 500, 1, "16:9")],
)
async def test_the_nearest_ratio_is_asked_for_and_the_photos_own_returned(
    vendor: GeminiStandIn, images: GeminiImages, width: int, height: int, orientation: int, asked: str
) -> None:
    picture = await images.draw(ImageBrief(prompt="x", photo=photo(width, height, orientation=orientation)))

    assert vendor.requests[0].json["generationConfig"]["imageConfig"]["aspectRatio"] == asked
    wide, high = size(picture.data)
    expected = height / width if orientation == 6 else width / height
    assert wide / high == pytest.approx(expected, rel=0.02)


async def test_an_extreme_photo_is_cropped_to_its_own_ratio(images: GeminiImages) -> None:
    picture = await images.draw(ImageBrief(prompt="x", photo=photo(900, 60)))

    wide, high = size(picture.data)
    assert wide / high == pytest.approx(15, rel=0.05)


async def test_a_sketch_from_the_models_thoughts_is_not_the_answer(vendor: GeminiStandIn, images: GeminiImages) -> None:
    vendor.next(instead(picture_answer(drawn("4:3", 320), thoughts=drawn("4:3", 160))))

    assert size((await images.draw(WORDS)).data) == (320, 240)


async def test_metadata_of_the_answer_is_left_behind(vendor: GeminiStandIn, images: GeminiImages) -> None:
    vendor.next(instead(picture_answer(photo(400, 300, orientation=3), content_type="image/jpeg")))

    picture = await images.draw(WORDS)

    with Image.open(io.BytesIO(picture.data)) as opened:
        assert not opened.getexif()
    assert picture.content_type == "image/jpeg"


@pytest.mark.parametrize(
    "step",
    [
        *(finished(reason) for reason in ("SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "RECITATION", "BLOCKLIST")),
        finished("IMAGE_PROHIBITED_CONTENT", "I cannot help with that."),
        prompt_blocked("SAFETY"),
        prompt_blocked("OTHER"),
        refused(400, "INVALID_ARGUMENT", "Unable to process input image."),
        refused(413, "INVALID_ARGUMENT", "Request too large."),
    ],
    ids=str,
)
async def test_a_refusal_is_for_good(vendor: GeminiStandIn, images: GeminiImages, step: Step) -> None:
    vendor.next(step)

    with pytest.raises(ImageRefused) as refusal:
        await images.draw(WORDS)

    assert refusal.value.reason.endswith(".")
    assert "oak cabinets" not in str(refusal.value)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (finished("NO_IMAGE"), "image-empty"),
        (finished("STOP", "Here is your room!"), "image-empty"),
        (finished("IMAGE_OTHER"), "image-empty"),
        (finished("SOMETHING_NEW"), "image-empty"),
        (instead(json_answer({})), "image-empty"),
        (instead(json_answer({"candidates": []})), "image-empty"),
        (instead(picture_answer(b"not a picture")), "image-garbage"),
        (instead(picture_answer(drawn()[:-200])), "image-garbage"),
        (instead(json_answer([1, 2])), "image-empty"),
        (instead(json_answer({"candidates": "none"})), "image-empty"),
        (instead(Answer(200, {"content-type": "application/json"}, b"")), "image-empty"),
        (html(), "vendor-error"),
        (garbage(), "vendor-error"),
        (html(502), "vendor-error"),
        (error(500), "vendor-error"),
        (error(503, "overloaded"), "vendor-error"),
        (instead(Answer(302, {"location": "http://example.invalid/"})), "vendor-error"),
        (cut_after(30), "vendor-error"),
        (reset(), "vendor-error"),
        (error(401), "vendor-auth"),
        (error(403), "vendor-auth"),
        (key_invalid(), "vendor-auth"),
        (refused(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "vendor-auth"),
        (refused(404, "NOT_FOUND", "models/x is not found"), "vendor-auth"),
    ],
    ids=str,
)
async def test_what_may_pass_is_asked_again_by_the_job_and_only_once_here(
    vendor: GeminiStandIn, images: GeminiImages, step: Step, code: str
) -> None:
    vendor.next(step)

    with pytest.raises(Unavailable) as failure:
        await images.draw(WORDS)

    assert failure.value.code == code
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("step", "wait_s"),
    [
        (error(429, headers={"retry-after": "7"}), 7),
        (quota("17.5s"), 17.5),
        (error(429, headers={"retry-after": "soon"}), None),
        (error(429, headers={"retry-after": "-3"}), 0),
        (error(503, headers={"retry-after": "999999"}), 3600),
        (html(429), None),
    ],
    ids=str,
)
async def test_a_busy_vendor_says_when_to_come_back(
    vendor: GeminiStandIn, images: GeminiImages, step: Step, wait_s: float | None
) -> None:
    vendor.next(step)

    with pytest.raises(Unavailable) as failure:
        await images.draw(WORDS)

    assert (failure.value.retry_after_s or 0) == (wait_s or 0)


@pytest.mark.parametrize("step", [hang(), hang_after(20), slow(3)], ids=str)
async def test_a_hang_is_cut(vendor: GeminiStandIn, step: Step) -> None:
    await adapter(vendor).draw(WORDS)  # the SDK is imported now
    vendor.next(step)
    started = asyncio.get_running_loop().time()

    with pytest.raises(Unavailable) as failure:
        await adapter(vendor, limit_s=0.5).draw(WORDS)

    assert failure.value.code == "vendor-timeout"
    assert asyncio.get_running_loop().time() - started < 2
    await vendor.until(lambda: vendor.requests[-1].left)


async def test_cancelling_hangs_up_on_the_vendor(vendor: GeminiStandIn, images: GeminiImages) -> None:
    vendor.next(hang())
    drawing = asyncio.create_task(images.draw(WORDS))
    await vendor.until(lambda: len(vendor.requests) == 1)

    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing

    await vendor.until(lambda: vendor.requests[0].left, within_s=0.5)


async def test_an_endless_answer_is_not_read_to_its_end(vendor: GeminiStandIn, images: GeminiImages) -> None:
    vendor.next(instead(Answer(200, {"content-type": "application/json"}, b" " * 25_000_000)))

    with pytest.raises(Unavailable) as failure:
        await images.draw(WORDS)

    assert "AnswerTooLarge" in failure.value.detail


async def test_nobody_listening_is_unavailable(vendor: GeminiStandIn) -> None:
    with pytest.raises(Unavailable):
        await adapter(vendor, base_url="http://127.0.0.1:9").draw(WORDS)


async def test_a_base_url_with_a_version_works(vendor: GeminiStandIn) -> None:
    await adapter(vendor, base_url=f"{vendor.url}/v1beta/").draw(WORDS)

    assert vendor.requests[0].path == f"/v1beta/models/{MODEL}:generateContent"


async def test_an_unreadable_photo_is_refused_before_it_is_sent(vendor: GeminiStandIn, images: GeminiImages) -> None:
    with pytest.raises(ImageRefused):
        await images.draw(ImageBrief(prompt="x", photo=b"GIF89a" + b"\0" * 40))

    assert vendor.requests == []


async def test_several_pictures_at_once(vendor: GeminiStandIn, images: GeminiImages) -> None:
    pictures = await asyncio.gather(*(images.draw(WORDS) for _ in range(4)))

    assert len(pictures) == len(vendor.requests) == 4


def test_one_adapter_serves_one_loop_after_another(vendor: GeminiStandIn) -> None:
    images = adapter(vendor)

    for _ in range(2):
        asyncio.run(images.draw(WORDS))

    assert len(vendor.requests) == 2


def test_the_sdk_is_not_imported_before_it_is_needed() -> None:
    script = (
        "import sys, asyncio, app.vendors.images.gemini as g; g.GeminiImages('k', 'm', '', asyncio.to_thread);"
        "print([name for name in ('google.genai', 'PIL', 'pydantic') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"
