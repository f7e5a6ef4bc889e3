"""What becomes of an upload in the child process, and that nothing but pixels comes out."""

import io
import multiprocessing
import pickle
import random
from concurrent.futures import ProcessPoolExecutor

import pytest
from PIL import Image, ImageCms
from pypdf import PdfReader, PdfWriter

from app.domain.assets.inspect import HEAD_BYTES, PHOTO_TYPES, inspect
from app.domain.assets.ladder import FORMATS, LADDER, QUALITIES, THUMBNAIL, Format, rungs
from app.domain.assets.pictures import Damaged, Settled, limit_child, settle, settle_and_variants, variant, variants
from tests.factories_pictures import Upload, by_name, friendly, hostile
from tests.raw_pictures import (
    CANARY,
    jpeg_markers,
    png_chunks,
    quarters,
    room,
    saved,
    segment,
    webp_chunks,
    with_segments,
)

READY = [upload for upload in [*friendly(), *hostile()] if upload.expected == "ready"]
FAILED = [upload for upload in hostile() if upload.expected == "failed"]
TELLING = [upload for upload in READY if CANARY in upload.data]


def kind_of(upload: Upload) -> str:
    return inspect(upload.data[:HEAD_BYTES], len(upload.data), PHOTO_TYPES).content_type


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def colour(data: bytes, x: int, y: int) -> str:
    """Return which half of `quarters` this pixel is from."""
    found = pixels(data).getpixel((x, y))
    assert isinstance(found, tuple)
    assert max(found) > 150
    return "red" if found[0] > found[2] + 90 else "blue" if found[2] > found[0] + 90 else f"neither: {found}"


@pytest.mark.parametrize("upload", READY, ids=lambda upload: upload.name)
def test_a_usable_upload_becomes_an_original_and_its_ladder(upload: Upload) -> None:
    original, ladder = settle_and_variants(upload.data, kind_of(upload))

    assert original.content_type in {"image/jpeg", "image/png", "image/webp"}
    assert original.width_px
    assert pixels(original.data).size == (original.width_px, original.height_px)
    sizes = {each.key: pixels(each.data).size for each in ladder}
    assert sizes.pop(THUMBNAIL) == (300, 200)
    assert set(sizes) == {f"{width}-80.webp" for width in rungs(original.width_px)}
    assert all(width <= original.width_px for width, _ in sizes.values())


@pytest.mark.parametrize("upload", FAILED, ids=lambda upload: upload.name)
def test_damage_is_named_in_words_for_a_homeowner(upload: Upload) -> None:
    with pytest.raises(Damaged) as damage:
        settle_and_variants(upload.data, kind_of(upload))

    assert damage.value.code in {"ends-early", "unreadable", "too-costly"}
    assert damage.value.reason.endswith(".")
    assert pickle.loads(pickle.dumps(damage.value)).reason == damage.value.reason  # noqa: S301


@pytest.mark.parametrize("upload", TELLING, ids=lambda upload: upload.name)
@pytest.mark.parametrize("format", FORMATS)
def test_nothing_that_tells_about_people_survives(upload: Upload, format: Format) -> None:
    original, ladder = settle_and_variants(upload.data, kind_of(upload))

    copies = [*ladder, *variants(original.data, quality=90, format=format), variant(original.data, 9, 60, format)]

    for data in [original.data, *(copy.data for copy in copies)]:
        assert_only_pixels(data)


def assert_only_pixels(data: bytes) -> None:
    assert not [word for word in (CANARY, b"Exif", b"XMP", b"8BIM", b"script", b"<?php", b"%PDF") if word in data]
    if data.startswith(b"\xff\xd8"):
        assert jpeg_markers(data) <= {0xE0, 0xDB, 0xC0, 0xC4}  # the JFIF header, tables, the frame
    elif data.startswith(b"\x89PNG"):
        assert set(png_chunks(data)) == {b"IHDR", b"IDAT", b"IEND"}
    elif data.startswith(b"RIFF"):
        assert set(webp_chunks(data)) == {b"VP8 "}
    picture = Image.open(io.BytesIO(data))
    assert not dict(picture.getexif())
    assert not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & set(picture.info)


def test_the_planted_secrets_are_really_there_before() -> None:
    told = by_name("JPEG with everything a phone tells").data

    exif = Image.open(io.BytesIO(told)).getexif()

    assert exif.get_ifd(0x8825)[29] == "CANARY-GPS"
    assert exif.get_ifd(0x8769)[0x927C] == b"CANARY-MAKER"
    assert told.count(CANARY) == 10


@pytest.mark.parametrize(
    "name", ["JPEG with everything a phone tells", "photo from an iPhone", "WebP with place and XMP"]
)
def test_a_photo_is_turned_the_right_way_up(name: str) -> None:
    upload = by_name(name)

    original, _ = settle_and_variants(upload.data, kind_of(upload))

    assert (original.width_px, original.height_px) == (64, 96)
    assert (colour(original.data, 30, 8), colour(original.data, 30, 88)) == ("red", "blue")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("image/jpeg", "image/jpeg"),
        ("image/png", "image/png"),
        ("image/webp", "image/webp"),
        ("image/heic", "image/jpeg"),
    ],
)
def test_the_kept_original_has_a_kind_that_browsers_show(before: str, after: str) -> None:
    upload = next(upload for upload in friendly() if kind_of(upload) == before)

    original = settle(upload.data, before)

    assert original.content_type == after
    assert len(original.sha256) == 64


def test_a_large_png_is_kept_as_jpeg_with_its_colours_in_full() -> None:
    original = settle(saved(quarters(2_400, 1_800), "PNG"), "image/png")

    assert original.content_type == "image/jpeg"
    assert colour(original.data, 1_199, 900) == "red"
    assert colour(original.data, 1_200, 900) == "blue"


def test_sixteen_bits_of_grey_are_scaled_and_transparency_becomes_white() -> None:
    grey = settle(by_name("16 bits of grey").data, "image/png").data
    clear = settle(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"), "image/png").data

    assert pixels(grey).getpixel((4, 4)) == (156, 156, 156)  # 40,000 of 65,535
    assert pixels(clear).getpixel((4, 4)) == (255, 255, 255)


def test_colours_are_converted_from_the_profile_that_a_photo_carries() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"----", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"----", b"bXYZ", 1)
    swapped = swapped.replace("sRGB built-in".encode("utf-16-be"), "swapped space".encode("utf-16-be"))

    original = settle(saved(quarters(), "JPEG", icc_profile=swapped), "image/jpeg")

    assert colour(original.data, 8, 8) == "blue"


def test_noise_that_hardly_compresses_is_kept_like_any_photo() -> None:
    noise = Image.frombytes("RGB", (1_200, 900), random.Random(1).randbytes(1_200 * 900 * 3))

    original = settle(saved(noise, "PNG"), "image/png")

    assert (original.content_type, original.width_px) == ("image/jpeg", 1_200)
    assert len(original.data) > 1_200 * 900


def test_an_animation_is_kept_as_its_first_picture() -> None:
    for name in ("animated WebP", "animated PNG"):
        original = settle(by_name(name).data, kind_of(by_name(name)))

        assert colour(original.data, 4, 4) == "red"
        assert getattr(Image.open(io.BytesIO(original.data)), "n_frames", 1) == 1


def test_one_variant_is_made_in_any_allowed_combination() -> None:
    original = settle(saved(room(), "JPEG"), "image/jpeg").data

    made = [variant(original, 500, quality, format) for quality in QUALITIES for format in FORMATS]

    assert {each.key for each in made} == {f"640-{quality}.{format}" for quality in QUALITIES for format in FORMATS}
    assert {pixels(each.data).size for each in made} == {(640, 427)}
    assert {each.content_type for each in made} == {"image/webp", "image/jpeg", "image/avif"}


def test_a_variant_of_a_damaged_original_is_refused() -> None:
    with pytest.raises(Damaged):
        variant(b"GIF89a", 320, 80, "webp")


def test_a_limited_child_settles_a_large_photo_and_refuses_to_take_more() -> None:
    large = saved(room(4_000, 3_000), "JPEG", quality=80)
    spawn = multiprocessing.get_context("spawn")

    with ProcessPoolExecutor(1, mp_context=spawn, initializer=limit_child) as pool:
        original, ladder = pool.submit(settle_and_variants, large, "image/jpeg").result(30)
        with pytest.raises(MemoryError):
            pool.submit(bytearray, 1_100_000_000).result(30)

    assert original.width_px == 4_000
    assert len(ladder) == len(LADDER) + 1


def a_plan() -> PdfWriter:
    plan = PdfWriter(clone_from=io.BytesIO(saved(quarters(300, 200), "PDF", title="CANARY-TITLE")))
    plan.add_metadata({"/Author": "CANARY-AUTHOR"})
    plan.add_attachment("secret.txt", b"CANARY-ATTACHMENT")
    return plan


def settled(plan: PdfWriter) -> Settled:
    out = io.BytesIO()
    plan.write(out)
    return settle(out.getvalue(), "application/pdf")


def test_a_floor_plan_keeps_its_pages_and_nothing_else() -> None:
    photo = with_segments(saved(quarters(300, 200), "JPEG"), segment(0xE1, b"Exif\0\0CANARY"), segment(0xFE, b"CANARY"))
    plan = a_plan()
    plan.pages[0]["/Resources"]["/XObject"]["/image"]._data = photo  # pyright: ignore[reportAttributeAccessIssue, reportIndexIssue, reportPrivateUsage]

    original = settled(plan)

    assert CANARY not in original.data
    page = PdfReader(io.BytesIO(original.data)).pages[0]
    assert getattr(page.images[0].image, "size", None) == (300, 200)


def test_a_floor_plan_loses_scripts_links_and_actions() -> None:
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("CANARY")}
    )
    plan = a_plan()
    plan.root_object[NameObject("/OpenAction")] = script
    plan.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})

    original = settled(plan)

    assert not [word for word in (CANARY, b"JavaScript", b"/AA", b"/OpenAction", b"/Names") if word in original.data]


def test_a_locked_a_broken_and_an_endless_floor_plan_are_refused() -> None:
    locked, endless = a_plan(), PdfWriter()
    locked.encrypt("secret", algorithm="RC4-128")
    for _ in range(41):
        endless.add_blank_page(10, 10)

    codes: list[str] = []
    for attempt in (
        lambda: settled(locked),
        lambda: settled(endless),
        lambda: settle(b"%PDF-1.7\n", "application/pdf"),
    ):
        with pytest.raises(Damaged) as damage:
            attempt()
        codes.append(damage.value.code)

    assert codes == ["locked", "too-many-pages", "unreadable"]
