"""The styles that every installation starts with."""

import re

import pytest

from app.db.models.rooms import ROOM_TYPES
from app.db.seed.styles import StyleSeed, load_styles

STYLES = load_styles()
every_style = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.slug)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2. Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_there_are_enough_styles_and_none_twice() -> None:
    assert len(STYLES) >= 18
    assert len({style.slug for style in STYLES}) == len({style.name for style in STYLES}) == len(STYLES)


@every_style
def test_a_style_fits_its_table_and_the_room_types(style: StyleSeed) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", style.slug)
    assert len(style.slug) <= 60
    assert max(len(style.name), len(style.era), len(style.origin)) <= 100
    assert set(style.rooms) <= set(ROOM_TYPES)
    assert len(set(style.rooms)) == len(style.rooms) >= 3
    assert len(style.materials) >= 3
    assert len(style.keywords) >= 2


@every_style
def test_a_palette_has_colours_that_can_be_told_apart(style: StyleSeed) -> None:
    colours = [colour.hex for colour in style.palette]

    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in colours)
    assert 5 <= len(set(colours)) == len(colours) <= 6
    assert len({colour.name for colour in style.palette}) == len(colours)


@every_style
def test_some_accent_stands_out_from_the_walls(style: StyleSeed) -> None:
    walls, *others = (colour.hex for colour in style.palette)

    assert max(contrast(walls, other) for other in others) >= 4.5


@every_style
def test_a_description_is_two_sentences_to_be_read_aloud(style: StyleSeed) -> None:
    assert re.fullmatch(r"[A-Z][^.]+\. [A-Z][^.]+\.", style.description)
    assert 80 <= len(style.description) <= 300
