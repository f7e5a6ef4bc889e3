"""What palettes and words become, and rooms drawn without any photo."""

import io

import numpy as np
import pytest
from PIL import Image

from app.vendors.images import ImageBrief, Picture
from app.vendors.images.embedded.restyle import draw
from app.vendors.images.embedded.scheme import Scheme, scheme
from app.vendors.images.embedded.tones import tone
from app.vendors.images.embedded.vocabulary import COLOURS, MANNERS, WOODS

pytestmark = pytest.mark.filterwarnings("error")


def asked(prompt: str, *palette: str, materials: tuple[str, ...] = ()) -> Scheme:
    return scheme(ImageBrief(prompt=prompt, palette=palette, materials=materials))


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#9c6b3f", "#2F6F73", "#808080", "#ff0000", "#0a0aff"])
def test_a_colour_survives_the_way_to_lab_and_back(colour: str) -> None:
    assert tone(colour).hex == colour.lower()


@pytest.mark.parametrize("count", range(1, 9))
def test_any_number_of_colours_fills_every_role(count: int) -> None:
    palette = ("#8fa6b5", "#e3d3b8", "#c9cdd0", "#f7f7f2", "#3b3f42", "#b3261e", "#c9a14a", "#56704a")[:count]

    chosen = asked("a quiet room", *palette)

    assert chosen.wall.apart(tone(palette[0])) < 1
    assert chosen.ceiling.lightness > 90
    assert chosen.dark.lightness < 30 < chosen.linen.lightness
    assert len(chosen.accents) >= 2


def test_wood_words_choose_the_boards_and_palette_words_do_not_change_the_walls() -> None:
    pale, dark = asked("pale oak floor, navy walls", "#e8e0d0"), asked("dark walnut floor", "#e8e0d0")

    assert pale.floor.lightness > dark.floor.lightness + 20
    assert pale.wall.apart(tone("#e8e0d0")) < 1


@pytest.mark.parametrize(
    ("prompt", "wall"),
    [
        ("dusty blue walls with oak", COLOURS["dusty blue"]),
        ("navy sofa, sage green walls", COLOURS["sage"]),
        ("something in terracotta", COLOURS["terracotta"]),
        ("a mid-century modern living room", MANNERS["mid century"].palette[0]),
        ("a modern-farmhouse kitchen", MANNERS["farmhouse"].palette[0]),
        ("Hollywood Regency!", MANNERS["hollywood regency"].palette[0]),
        ("no black walls, olive walls", COLOURS["olive"]),
    ],
)
def test_without_a_palette_the_words_choose_the_walls(prompt: str, wall: str) -> None:
    assert asked(prompt).wall.apart(tone(wall)) < 3


def test_styles_bring_their_surfaces() -> None:
    assert asked("industrial loft", "#999999").finish == "concrete"
    assert asked("japandi bedroom", "#e0d3be").finish == "lime"
    assert asked("mediterranean kitchen", "#f7f2e8").flooring == "tile"
    assert asked("polished concrete floor", "#f7f2e8").flooring == "screed"
    assert asked("a plain room", "#f7f2e8", materials=("lime plaster",)).finish == "lime"


def test_words_set_the_light() -> None:
    plain, dark, warm = asked("a room"), asked("a dark and moody room"), asked("a warm room")

    assert dark.exposure < plain.exposure
    assert warm.warmth > plain.warmth
    assert asked("dark oak floor").exposure == plain.exposure
    assert asked("not too dark").exposure == plain.exposure


@pytest.mark.parametrize("palette", [(), ("nonsense",), ("#12345",), ("",)])
def test_odd_palettes_and_prompts_still_give_a_scheme(palette: tuple[str, ...]) -> None:
    for prompt in ("", "😀" * 50, "\ud800", "#" * 1000, "walls " * 160):
        assert 20 <= asked(prompt, *palette).wall.lightness <= 97


def test_all_words_stand_for_colours() -> None:
    for colour in (*COLOURS.values(), *WOODS.values(), *(c for manner in MANNERS.values() for c in manner.palette)):
        assert tone(colour).hex == colour


ROOM_TYPES = ["kitchen", "bathroom", "bedroom", "living-room", "dining-room", "office", "hallway", "laundry", "other"]


@pytest.mark.parametrize("room_type", ROOM_TYPES)
def test_a_room_is_drawn_from_words_in_the_size_asked_for(room_type: str) -> None:
    brief = ImageBrief(prompt="coastal", palette=("#a9c7da",), room_type=room_type, width_px=480, height_px=360)

    picture = draw(brief)

    assert opened(picture).size == (480, 360)
    assert picture.structure_score is None
    wall = np.asarray(opened(picture))[80:86, 120:360].reshape(-1, 3).mean(0)
    assert tone("#a9c7da").apart(tone("#" + "".join(f"{round(value):02x}" for value in wall))) < 14


@pytest.mark.parametrize("size", [(1, 1), (40, 900), (2000, 500), (4000, 3000), (0, 0)])
def test_rooms_of_any_shape_are_drawn(size: tuple[int, int]) -> None:
    result = opened(draw(ImageBrief(prompt="bohemian", width_px=size[0], height_px=size[1])))

    assert max(result.size) <= 1536
    assert min(result.size) >= 64


def test_variations_of_a_drawn_room_differ_and_repeat() -> None:
    def drawn(variation: int) -> bytes:
        brief = ImageBrief(prompt="japandi", width_px=320, height_px=240, room_type="bedroom", variation=variation)
        return draw(brief).data

    pictures = [drawn(variation) for variation in range(4)]

    assert len(set(pictures)) == 4
    assert drawn(2) == pictures[2]
