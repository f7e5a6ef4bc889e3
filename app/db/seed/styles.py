"""The interior styles that every installation starts with.

Colours are our own proposal for each style, walls first; eras and origins are as design histories tell them.
"""

from pathlib import Path

import msgspec


class Colour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    hex: str  # "#RRGGBB", sRGB


class StyleSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One style, with the fields of the table it goes into."""

    slug: str
    name: str
    description: str
    palette: list[Colour]  # walls first
    materials: list[str]
    keywords: list[str]
    rooms: list[str]  # room types that it suits
    era: str
    origin: str


def load_styles() -> list[StyleSeed]:
    """Return all styles, in the order in which they are offered."""
    return msgspec.json.decode(Path(__file__).with_name("styles.json").read_bytes(), type=list[StyleSeed])
