"""The embedded model on photos: drawn rooms of known walls, and everything that is hardly a photo at all."""

import io
import struct
import zlib
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from app.vendors.images import LONG_SIDE_PX, ImageBrief, ImageRefused, Picture
from app.vendors.images.embedded.colours import lab, light
from app.vendors.images.embedded.restyle import draw
from app.vendors.images.embedded.structure import structure_score
from app.vendors.images.embedded.tones import Tone, tone

pytestmark = pytest.mark.filterwarnings("error")

SAGE = ("#8a9a7b", "#f2ede2", "#b98f5f", "#a2553a", "#2b2b2a")
PALETTES = [SAGE, ("#a9c7da", "#eef3f1", "#2f5d7c"), ("#f3eee4",), ("#5c1f24", "#1f3d30", "#ebdfc6", "#b48a3c")]

WALL = (slice(150, 230), slice(420, 560))
"""A part of the drawn room's back wall with nothing on it, at 800 × 600."""


def drawn_room(size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Return a room with a grey-white wall, a ceiling, boards, a window, a sofa and a picture, lit from the left."""
    room = Image.new("RGB", (800, 600), "#cfcac0")
    pen = ImageDraw.Draw(room)
    pen.polygon([(0, 0), (800, 0), (660, 110), (140, 110)], fill="#e6e4df")
    pen.polygon([(140, 420), (660, 420), (800, 560), (800, 600), (0, 600), (0, 560)], fill="#7a4f33")
    for board in range(-20, 45):
        pen.line([(400 + (board * 30 - 400) * 0.65, 420), (board * 30, 600)], fill="#62402a", width=2)
    pen.polygon([(0, 0), (140, 110), (140, 420), (0, 560)], fill="#b9b4aa")
    pen.polygon([(800, 0), (660, 110), (660, 420), (800, 560)], fill="#c2bdb3")
    pen.rectangle((200, 160, 300, 290), fill="#fdfdfb", outline="#f5f5f0", width=5)
    pen.rectangle((330, 330, 620, 470), fill="#4a5d7a")
    pen.rectangle((345, 300, 605, 350), fill="#53678a")
    pen.rectangle((590, 170, 640, 240), fill="#2a2522")
    shaded = np.asarray(room.filter(ImageFilter.GaussianBlur(0.8))).astype(np.float32)
    shaded *= np.linspace(1.05, 0.8, 800)[:, None]
    shaded += np.random.default_rng(1).normal(0, 2, shaded.shape)
    return Image.fromarray(np.clip(shaded, 0, 255).astype(np.uint8)).resize(size)


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


@lru_cache(maxsize=1)
def photo() -> bytes:
    return saved(drawn_room())


@lru_cache(maxsize=32)
def restyled(palette: tuple[str, ...] = SAGE, variation: int = 0, prompt: str = "A calm living room") -> Picture:
    return draw(ImageBrief(prompt=prompt, palette=palette, photo=photo(), variation=variation))


def pixels(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(opened(picture).convert("RGB"))


def seen(picture: Picture, where: tuple[slice, slice]) -> Tone:
    """Return the median colour of a part of the picture."""
    part = lab(light(np.moveaxis(pixels(picture)[where], -1, 0)))
    lightness, red, yellow = (float(np.median(plane)) for plane in part)
    return Tone(lightness, float(np.hypot(red, yellow)), float(np.degrees(np.arctan2(yellow, red)) % 360))


@pytest.mark.parametrize("palette", PALETTES)
def test_walls_get_the_first_colour_of_the_palette(palette: tuple[str, ...]) -> None:
    wall = seen(restyled(palette), WALL)

    wanted = tone(palette[0])
    assert wall.apart(wanted) < 12
    assert wall.apart(wanted._replace(lightness=wall.lightness)) < 5


def test_windows_stay_white_and_the_sofa_is_not_painted_like_the_wall() -> None:
    picture = restyled(("#2f5d7c", "#f2ede2"))

    assert seen(picture, (slice(180, 270), slice(220, 280))).lightness > 90
    assert seen(picture, (slice(370, 450), slice(360, 600))).apart(seen(picture, WALL)) > 10


@pytest.mark.parametrize("palette", PALETTES)
def test_the_structure_of_the_room_is_kept(palette: tuple[str, ...]) -> None:
    picture = restyled(palette)

    assert picture.structure_score is not None
    assert picture.structure_score > 0.85


def test_the_same_brief_gives_the_same_picture() -> None:
    again = draw(ImageBrief(prompt="A calm living room", palette=SAGE, photo=photo()))

    difference = pixels(again).astype(int) - pixels(restyled()).astype(int)
    assert np.abs(difference).max() <= 1  # another processor's arithmetic may round the last bit the other way


def test_variations_differ_from_each_other_in_the_wall() -> None:
    walls = [seen(restyled(variation=variation), WALL) for variation in range(4)]

    apart = [one.apart(other) for number, one in enumerate(walls) for other in walls[:number]]
    assert min(apart) > 6


def test_words_and_palette_both_change_the_light() -> None:
    dark, bright = restyled(prompt="a moody, dramatic room"), restyled(prompt="a bright, airy room")

    assert pixels(dark).mean() < pixels(bright).mean() - 10


@pytest.mark.parametrize("size", [(3000, 1000), (500, 1100)])
def test_the_picture_keeps_the_photos_shape_within_the_longest_side(size: tuple[int, int]) -> None:
    result = opened(draw(ImageBrief(prompt="coastal", photo=saved(drawn_room(size), "JPEG"))))

    assert max(result.size) <= LONG_SIDE_PX
    assert result.width / result.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_photo_taken_sideways_is_turned_and_none_of_its_metadata_comes_out() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    exif[0x010E] = "CANARY of a description"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    sideways = saved(drawn_room(), "JPEG", exif=exif, comment=b"CANARY", icc_profile=b"CANARY" * 40)

    picture = draw(ImageBrief(prompt="japandi", palette=SAGE, photo=sideways))

    result = opened(picture)
    assert result.size == (600, 800)
    assert picture.content_type == "image/jpeg"
    assert result.format == "JPEG"
    assert b"CANARY" not in picture.data
    assert not result.getexif()
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(result.info)


def odd_photos() -> dict[str, bytes]:
    """Return pictures that are hardly photos of a room."""
    static = Image.fromarray(np.random.default_rng(3).integers(0, 256, (200, 300, 3), np.uint8))
    see_through = drawn_room((300, 200)).convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize((300, 200)))
    deep = Image.fromarray(np.asarray(drawn_room((160, 120)).convert("L")).astype(np.uint16) * 257)
    return {
        "flat": saved(Image.new("RGB", (400, 300), "#a09080")),
        "black": saved(Image.new("RGB", (400, 300), "black")),
        "white": saved(Image.new("RGB", (400, 300), "white"), "JPEG"),
        "noise": saved(static),
        "small": saved(drawn_room((40, 60))),
        "narrow": saved(drawn_room((60, 900))),
        "one pixel": saved(Image.new("RGB", (1, 1), "#803020")),
        "a line": saved(Image.new("RGB", (1500, 1), "#803020")),
        "greyscale": saved(drawn_room((300, 200)).convert("L"), "JPEG"),
        "cmyk": saved(drawn_room((300, 200)).convert("CMYK"), "JPEG"),
        "see-through": saved(see_through, "WEBP"),
        "palette": saved(drawn_room((300, 200)).quantize(32)),
        "16 bit": saved(deep),
        "bilevel": saved(drawn_room((300, 200)).convert("1")),
    }


@pytest.mark.parametrize(("name", "odd"), odd_photos().items(), ids=odd_photos())
def test_every_picture_is_drawn_without_a_warning(name: str, odd: bytes) -> None:
    picture = draw(ImageBrief(prompt="industrial loft", palette=SAGE, photo=odd))

    assert opened(picture).size == Image.open(io.BytesIO(odd)).size
    assert picture.structure_score is not None
    assert 0 <= picture.structure_score <= 1


def claimed(width: int, height: int) -> bytes:
    """Return a drawing that says it is this large and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


BROKEN = {
    "nothing": b"",
    "not a picture": b"a text that says it is a photo" * 20,
    "half a photo": saved(drawn_room(), "JPEG")[:9000],
    "half a drawing": saved(drawn_room())[:20_000],
    "a kind not accepted": saved(drawn_room(), "GIF"),
    "too many pixels": claimed(10_000, 6_000),
    "a bomb": claimed(20_000, 20_000),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_photo_that_cannot_be_read_is_refused_in_words(broken: bytes) -> None:
    with pytest.raises(ImageRefused) as refusal:
        draw(ImageBrief(prompt="japandi", photo=broken))

    assert refusal.value.reason.startswith("This photo")
    assert refusal.value.code.startswith("photo-")


def test_the_score_tells_the_same_room_from_another() -> None:
    room = drawn_room((400, 300))
    repainted = ImageOps.invert(room)
    another = room.transpose(Image.Transpose.FLIP_TOP_BOTTOM)

    assert structure_score(saved(room), saved(room.resize((600, 450)), "JPEG")) > 0.9
    assert structure_score(saved(room), saved(repainted)) > 0.95
    assert structure_score(saved(room), saved(another)) < 0.4
    assert structure_score(saved(room), saved(Image.new("RGB", (400, 300)))) == 0
    assert structure_score(saved(Image.new("RGB", (9, 9))), saved(Image.new("RGB", (9, 9), "white"))) == 1
