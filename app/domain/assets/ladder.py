"""Which sizes of a picture exist, and under which key each is kept. Pure: the API uses it too.

A picture has one variant per rung of the ladder that is narrower than the picture, one at its own width when that is
below the top rung, and a thumbnail. `snap` turns the width someone asks for into the width that is kept.
"""

from typing import Final, Literal

Format = Literal["webp", "jpeg", "avif"]
Quality = Literal[60, 80, 90]

LADDER: Final[tuple[int, ...]] = (320, 480, 640, 800, 1200, 1600)
QUALITIES: Final[tuple[Quality, ...]] = (60, 80, 90)
FORMATS: Final[tuple[Format, ...]] = ("webp", "jpeg", "avif")

DEFAULT_QUALITY: Final[Quality] = 80
DEFAULT_FORMAT: Final[Format] = "webp"

THUMBNAIL: Final = "thumbnail.webp"
THUMBNAIL_SIZE: Final = (300, 200)  # pixels; cut to fill it exactly, and the one size that may enlarge

CONTENT_TYPES: Final[dict[Format, str]] = {"webp": "image/webp", "jpeg": "image/jpeg", "avif": "image/avif"}


def snap(width: int, original_width: int) -> int:
    """Return the kept width for a wanted one: the next rung up, at most the top rung and the picture's own width."""
    rung = next((rung for rung in LADDER if rung >= width), LADDER[-1])
    return min(rung, original_width)


def snap_quality(quality: int) -> Quality:
    """Return the next quality up that is kept, at most the highest."""
    return 90 if quality > 80 else 80 if quality > 60 else 60


def rungs(original_width: int) -> tuple[int, ...]:
    """Return every width that is kept of a picture, narrowest first."""
    return tuple(sorted({snap(rung, original_width) for rung in LADDER}))


def variant_key(width: int, quality: Quality = DEFAULT_QUALITY, format: Format = DEFAULT_FORMAT) -> str:
    """Return the name under which a variant is kept; `width` as `snap` gave it."""
    return f"{width}-{quality}.{format}"
