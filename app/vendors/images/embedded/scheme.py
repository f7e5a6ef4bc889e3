"""Which colour goes where: a palette of any length, given its roles in a room."""

import hashlib
import re
from dataclasses import dataclass, replace

from app.vendors.images import ImageBrief

from .tones import Tone, tone
from .vocabulary import Finish, Flooring
from .wishes import Wish, wish

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SPARE_ACCENTS = (tone("#a26b4e"), tone("#667056"), tone("#5f7d8f"))
"""Clay, moss, slate blue: quiet enough for any palette that brings no accent of its own."""

WALL_RANGE = (20.0, 97.0)
"""Lightness of wall paint: below it corners vanish, above it nothing is printed."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours, surfaces and light of one restyled room."""

    wall: Tone
    finish: Finish
    ceiling: Tone
    floor: Tone
    flooring: Flooring
    wood: Tone
    sofa: Tone
    linen: Tone
    rug: Tone
    dark: Tone
    accents: tuple[Tone, ...]
    warmth: float
    contrast: float
    saturation: float
    exposure: float
    seed: int


def scheme(brief: ImageBrief) -> Scheme:
    """Return the scheme of a brief; the same brief always gives the same."""
    asked = wish(brief.prompt, brief.materials)
    palette = _palette(brief, asked)
    return _varied(_roles(palette, asked, _seed(brief)), palette, brief.variation)


def _seed(brief: ImageBrief) -> int:
    text = "\0".join((brief.prompt, *brief.palette, str(brief.variation)))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:4])


def _palette(brief: ImageBrief, asked: Wish) -> list[Tone]:
    """Return the brief's colours, walls first; without any, those of the words."""
    given = [tone(colour) for colour in brief.palette if _HEX.fullmatch(colour)]
    if given:
        return given
    style = [tone(colour) for colour in asked.manner.palette]
    if asked.wall:
        first = [asked.wall]
    elif asked.styled:
        first = style[:1]
    else:
        first = [colour for colour in asked.colours if colour.lightness > 40][:1]
    return list(dict.fromkeys([*first, *asked.colours, *style]))


def _roles(palette: list[Tone], asked: Wish, seed: int) -> Scheme:
    wall, rest = palette[0].within(*WALL_RANGE), palette[1:]
    woods = [colour for colour in rest if _woody(colour)]
    wood = asked.wood or min(woods, key=_unlike_oak, default=tone(asked.manner.wood))
    free = [colour for colour in rest if colour.apart(wood) > 6]
    linen = _linen(free, wall)
    return Scheme(
        wall=wall,
        finish=asked.finish,
        ceiling=asked.ceiling or _ceiling(palette, asked),
        floor=_floor(asked, wood),
        flooring=asked.flooring,
        wood=wood.moved(lightness=-5).within(14, 78, 38),
        sofa=next((c for c in free if 25 < c.lightness < 75 and c.chroma < 45), linen.moved(lightness=-10)),
        linen=linen,
        rug=_rug(free, linen, wood),
        dark=min(free, key=lambda c: c.lightness, default=wall).within(8, 24, 6),
        accents=_accents(asked, free),
        warmth=asked.warmth,
        contrast=asked.contrast,
        saturation=asked.saturation,
        exposure=asked.exposure,
        seed=seed,
    )


def _woody(colour: Tone) -> bool:
    return 45 < colour.hue < 89 and 12 < colour.chroma < 42 and 22 < colour.lightness < 87


def _unlike_oak(colour: Tone) -> float:
    """Return how far hue and chroma are from the commonest wood's; terracotta and cream are farther than any wood."""
    return abs(colour.chroma - 26) + abs(colour.hue - 65) / 2


def _ceiling(palette: list[Tone], asked: Wish) -> Tone:
    """Return a white with a breath of the wall, or a mid grey where a style leaves the ceiling raw."""
    if asked.manner.dark_ceiling:
        return palette[0].within(54, 62, 2)
    return Tone(96, min(0.3 * palette[0].chroma, 4), palette[0].hue)


def _floor(asked: Wish, wood: Tone) -> Tone:
    """Return boards a little lighter than the furniture; tiles and screed have their own colour."""
    if asked.flooring == "screed":
        return (asked.floor or tone("#a09d98")).within(30, 80, 12)
    if asked.flooring == "tile":
        return (asked.floor or wood.mixed(tone("#c9bfb0"), 0.5)).within(25, 88, 42)
    return wood.moved(lightness=4).within(20, 82, 34)


def _linen(free: list[Tone], wall: Tone) -> Tone:
    quiet = (colour for colour in free if colour.lightness > 68 and colour.chroma < 20)
    return next(quiet, Tone(85, 8, 85).mixed(wall.within(75, 92, 10), 0.4)).within(60, 90)


def _rug(free: list[Tone], linen: Tone, wood: Tone) -> Tone:
    quiet = (colour for colour in free if 45 < colour.lightness < 82 and colour.chroma < 26)
    return next(quiet, linen.mixed(wood, 0.35)).within(40, 78)


def _accents(asked: Wish, free: list[Tone]) -> tuple[Tone, ...]:
    strong = [colour for colour in (*asked.colours, *free) if colour.chroma > 14]
    return tuple(dict.fromkeys(strong)) + (_SPARE_ACCENTS if len(strong) < 2 else ())


def _varied(first: Scheme, palette: list[Tone], variation: int) -> Scheme:
    """Return another take on the scheme: 1 a second wall colour, 2 a deep one by evening, 3 a calm one by day."""
    if variation <= 0:
        return first
    turn = variation % len(first.accents)
    accents = first.accents[turn:] + first.accents[:turn]
    other = replace(first, wall=_walls(first, palette)[(variation - 1) % 3 + 1], accents=accents)
    if variation % 3 == 1:
        floor, wood = first.floor.moved(lightness=10), first.wood.moved(lightness=6)
        return replace(other, floor=floor, wood=wood, warmth=first.warmth + 0.008)
    if variation % 3 == 2:
        floor, wood = first.floor.moved(lightness=-14).within(16, 80), first.wood.moved(lightness=-8)
        evening = {"exposure": first.exposure * 0.94, "contrast": first.contrast + 0.02}
        return replace(other, floor=floor, wood=wood, **evening)
    floor = first.floor.moved(lightness=18, chroma=0.7).within(30, 84)
    return replace(other, floor=floor, warmth=first.warmth - 0.012, exposure=first.exposure * 1.05)


def _walls(first: Scheme, palette: list[Tone]) -> list[Tone]:
    """Return the wall and its three variations, no two alike as far as the palette allows."""
    wall, accents = first.wall, first.accents
    second = [colour for colour in palette[1:] if colour.lightness > 55 and colour.chroma < 35]
    second.append(wall.mixed(accents[-1], 0.35))
    deep = [accent.within(34, 62, 32) for accent in accents]
    calm = [Tone(91, min(wall.chroma * 0.5, 9), wall.hue), Tone(78, min(wall.chroma + 5, 14), wall.hue)]
    walls = [wall]
    for candidates in (second, deep, [*calm, wall.moved(lightness=-18), wall.moved(lightness=18)]):
        fit = [candidate.within(*WALL_RANGE) for candidate in candidates]
        walls.append(max(fit, key=lambda candidate: min(12.0, *(candidate.apart(other) for other in walls))))
    return walls
