"""What the API finds out about an upload without decoding it."""

import subprocess
import sys
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assets.inspect import (
    FLOORPLAN_TYPES,
    HEAD_BYTES,
    MAX_NAME,
    PHOTO_TYPES,
    Inspected,
    TooManyPixels,
    UnsupportedFileType,
    display_name,
    inspect,
)
from app.domain.assets.ladder import LADDER, rungs, snap, snap_quality, variant_key
from app.lib.errors import Problem, Unprocessable, UnsupportedMedia
from tests.factories_pictures import Upload, friendly, hostile, large_upload
from tests.raw_pictures import png, quarters, saved, segment, with_segments

STARTS = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\x20\0\0\0WEBPVP8X", b"\0\0\0\x18ftypheic", b""]


def look(data: bytes, allowed: frozenset[str] = PHOTO_TYPES) -> Inspected:
    return inspect(data[:HEAD_BYTES], len(data), allowed)


@pytest.mark.parametrize("upload", [*friendly(), *hostile(), large_upload()], ids=lambda upload: upload.name)
def test_the_head_refuses_what_it_shows_and_nothing_else(upload: Upload) -> None:
    status = "201"
    try:
        look(upload.data)
    except Problem as problem:
        status = str(problem.status)

    assert status == (upload.expected if upload.expected.isdigit() else "201")


@pytest.mark.parametrize(
    ("kind", "content_type", "extension"),
    [("JPEG", "image/jpeg", "jpg"), ("PNG", "image/png", "png"), ("WEBP", "image/webp", "webp")],
)
def test_type_and_size_come_from_the_content(kind: str, content_type: str, extension: str) -> None:
    assert look(saved(quarters(300, 200), kind)) == Inspected(content_type, extension, 300, 200)


def test_every_kind_of_webp_tells_its_size() -> None:
    clear = quarters(300, 200).convert("RGBA")
    clear.putalpha(90)

    sizes = [look(saved(clear, "WEBP", lossless=lossless)) for lossless in (True, False)]

    assert [(size.width_px, size.height_px) for size in sizes] == [(300, 200), (300, 200)]


def test_exactly_fifty_megapixels_pass_and_one_row_more_does_not() -> None:
    assert look(png(10_000, 5_000, rows=0)).width_px == 10_000

    with pytest.raises(TooManyPixels) as refusal:
        look(png(10_000, 5_001, rows=0))

    assert refusal.value.facts["height_px"] == 5_001


def test_a_size_behind_the_head_is_left_to_the_decoder() -> None:
    depth_map = [segment(0xE1, bytes(60_000))] * 5

    seen = look(with_segments(saved(quarters(), "JPEG"), *depth_map))

    assert seen == Inspected("image/jpeg", "jpg", None, None)


def test_a_pdf_is_a_floor_plan_and_not_a_photo() -> None:
    assert look(b"%PDF-1.7\n", FLOORPLAN_TYPES) == Inspected("application/pdf", "pdf", None, None)

    with pytest.raises(UnsupportedFileType, match="This is a PDF"):
        look(b"%PDF-1.7\n", PHOTO_TYPES)


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_no_bytes_make_it_fail_in_another_way(start: bytes, rest: bytes) -> None:
    with suppress(UnsupportedMedia, Unprocessable):
        assert look(start + rest, FLOORPLAN_TYPES).content_type in FLOORPLAN_TYPES


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\x00", b"\xff\xe1\x00\x02", b"\xff\xe1\x00\x00"])
def test_the_longest_head_takes_no_time(filling: bytes) -> None:
    head = b"\xff\xd8\xff\xe0\x00\x02" + filling * (HEAD_BYTES // len(filling))
    started = time.perf_counter()

    inspect(head, len(head) + 1, PHOTO_TYPES)

    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("../../../etc/cron.d/photo.jpg", "photo.jpg"),
        ("C:\\Windows\\photo.jpg", "photo.jpg"),
        ("photo\0.php.jpg", "photo.php.jpg"),
        (".htaccess", "htaccess"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("re\u0301novation.jpg", "rénovation.jpg"),
        ("סלון.jpg", "סלון.jpg"),
        ("👩‍🔧 kitchen.jpg", "👩‍🔧 kitchen.jpg"),
        ("living   room\r\n.jpg", "living room.jpg"),
        ("a" * 296 + ".jpeg", "a" * 195 + ".jpeg"),
        ("...", "upload"),
        ("", "upload"),
        ("photos/", "upload"),
    ],
)
def test_a_display_name_is_fit_for_showing(filename: str, shown: str) -> None:
    assert display_name(filename) == shown


@given(st.text(max_size=400))
def test_a_display_name_is_never_empty_long_or_a_path(filename: str) -> None:
    shown = display_name(filename)

    assert 1 <= len(shown) <= MAX_NAME
    assert not set(shown) & set("/\\\0\r\n\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")


def test_widths_snap_up_and_never_enlarge() -> None:
    assert [snap(width, 4_032) for width in (1, 320, 321, 1_000, 1_600, 9_999)] == [320, 320, 480, 1_200, 1_600, 1_600]
    assert [snap(width, 700) for width in (320, 640, 641, 1_600)] == [320, 640, 700, 700]
    assert rungs(4_032) == LADDER
    assert rungs(700) == (320, 480, 640, 700)
    assert rungs(96) == (96,)
    assert [snap_quality(quality) for quality in (1, 60, 61, 80, 81, 100)] == [60, 60, 80, 80, 90, 90]
    assert variant_key(snap(1_000, 4_032)) == "1200-80.webp"


def test_looking_loads_no_imaging_library() -> None:
    code = "import sys, app.domain.assets.inspect, app.domain.assets.ladder, app.domain.assets.damage;"
    code += "print(sorted({'PIL', 'numpy', 'pypdf', 'pi_heif'} & set(sys.modules)))"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
