"""The image model: a brief in, one picture out.

Beside this port stand `gemini.py` (the real adapter) and `embedded/` (a restyler that needs no account).
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec

from app.vendors import Refused

T = TypeVar("T")
LONG_SIDE_PX = 1536
"""The longest side a picture of this port has, and the longest a photo sent to a model needs."""


class ImageBrief(msgspec.Struct, frozen=True):
    """What to draw. With a photo: that room, restyled; without: a room from the words alone."""

    prompt: str
    palette: tuple[str, ...] = ()  # "#rrggbb", walls first; empty: the adapter reads colours from the prompt
    materials: tuple[str, ...] = ()
    room_type: str = "other"
    photo: bytes | None = None  # JPEG, PNG or WebP; the room as it is
    width_px: int = 1536  # without a photo; with one its aspect ratio is kept, long side at most LONG_SIDE_PX
    height_px: int = 1152
    variation: int = 0  # 0 for the first picture of an order, 1..3 for its further ones


class Picture(msgspec.Struct, frozen=True):
    """One decodable picture."""

    data: bytes
    content_type: str  # image/png, image/jpeg or image/webp
    model: str  # which model drew it; the embedded one starts with "embedded-"
    structure_score: float | None = None  # 0..1: how much of the photo's structure is kept; None without a photo


class ImageRefused(Refused):
    """The model will never draw this brief."""


class ImageModel(Protocol):
    async def draw(self, brief: ImageBrief) -> Picture:
        """Return one picture in the photo's aspect ratio. Raises ImageRefused, or Unavailable if a retry may help."""
        ...


class RunCpu(Protocol):
    """Runs a function where it can be ended at a time limit: in a child process."""

    async def __call__(self, work: Callable[..., T], /, *args: Any) -> T:
        """Return `work(*args)`."""
        ...
