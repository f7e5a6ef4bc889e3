"""What a homeowner's words ask for, as far as paint, boards and light can give it."""

import re
from dataclasses import dataclass

from .tones import Tone, tone
from .vocabulary import COLOURS, MANNERS, OTHER_NAMES, PLAIN, WOODS, Finish, Flooring, Manner

_REFUSED = re.compile(r"\b(?:no|not|without|avoid|never)(?: \w+){1,2}")
_LATER = r"(?: \w+)?"
"""One word may stand between a colour and what it colours: "sage green walls"."""


@dataclass(frozen=True, slots=True)
class Wish:
    manner: Manner
    styled: bool  # a style was named
    colours: tuple[Tone, ...]  # in the order they are named
    wall: Tone | None
    ceiling: Tone | None
    wood: Tone | None
    finish: Finish
    flooring: Flooring
    floor: Tone | None  # of tiles or screed
    warmth: float
    contrast: float
    saturation: float
    exposure: float


def wish(prompt: str, materials: tuple[str, ...]) -> Wish:
    """Return what the words say; the prompt's own words count before those of the style's materials."""
    text = _plain(prompt)
    named = _style(text)
    manner = MANNERS.get(named, PLAIN)
    stuff = " , ".join(_plain(material) for material in materials)
    return Wish(
        manner=manner,
        styled=bool(named),
        colours=_colours(text),
        wall=_coloured(text, "wall"),
        ceiling=_coloured(text, "ceiling"),
        wood=_wood(text) or (None if named else _wood(stuff)),
        finish=_finish(text) or (manner.finish if named else _finish(stuff) or manner.finish),
        flooring=_flooring(text) or manner.flooring,
        floor=_coloured(text, "(?:floor|tile)") or (tone(manner.floor) if manner.floor else None),
        warmth=manner.warmth + 0.010 * _leaning(text, "warm|cosy|cozy|golden|sunny", "cool|crisp|fresh|icy"),
        contrast=manner.contrast + 0.03 * _leaning(text, "dramatic|bold|moody", "soft|calm|muted|serene"),
        saturation=manner.saturation + 0.05 * _leaning(text, "colou?rful|vibrant|vivid|rich", "muted|faded|pastel"),
        exposure=1 + 0.10 * _leaning(text, "bright|airy|sunny|light filled", f"moody|dim|evening|{_DARK}"),
    )


_DARK = r"dark(?! (?:wood|oak|grey|blue|green|brown|red|floor|furniture|accent|wall|ceiling|tile|frame|metal))"


def _plain(text: str) -> str:
    """Return the words in small letters with one space between them, without what is not wanted."""
    words = re.sub(r"[^\w#,.;]+", " ", text.casefold()).replace("gray", "grey")
    return _REFUSED.sub(" ", words)


def _has(text: str, pattern: str) -> bool:
    return re.search(rf"\b(?:{pattern})", text) is not None


def _leaning(text: str, up: str, down: str) -> int:
    return _has(text, up) - _has(text, down)


def _style(text: str) -> str:
    """Return the style named first, or ""; of two at one place the longer name ("hollywood regency")."""
    names = {name: name for name in MANNERS} | OTHER_NAMES
    found = [(match.start(), -len(name), names[name]) for name in names if (match := re.search(rf"\b{name}\b", text))]
    return min(found)[2] if found else ""


def _names(words: dict[str, str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


def _colours(text: str) -> tuple[Tone, ...]:
    found = re.findall(rf"\b({_names(COLOURS)})\b", text)
    return tuple(tone(COLOURS[name]) for name in dict.fromkeys(found))


def _coloured(text: str, thing: str) -> Tone | None:
    """Return the colour named right before a thing, as in "dusty blue walls"."""
    match = re.search(rf"\b({_names(COLOURS)}){_LATER} {thing}s?\b", text)
    return tone(COLOURS[match[1]]) if match else None


def _wood(text: str) -> Tone | None:
    match = re.search(rf"\b({_names(WOODS)})\b", text)
    return tone(WOODS[match[1]]) if match else None


def _finish(text: str) -> Finish | None:
    if _has(text, r"lime ?wash|lime plaster|clay plaster|plaster|stucco|tadelakt"):
        return "lime"
    if _has(text, r"concrete(?! floor)|micro ?cement"):
        return "concrete"
    return None


def _flooring(text: str) -> Flooring | None:
    if _has(text, r"concrete floor|screed|terrazzo|poured floor|micro ?cement floor"):
        return "screed"
    if _has(text, r"tiled floor|floor tiles?|tiles|terracotta tile|stone floor|marble floor|slate floor"):
        return "tile"
    if _has(text, rf"planks?|floorboards?|parquet|wood(?:en)? floor|(?:{_names(WOODS)}){_LATER} floor"):
        return "plank"
    return None
