"""What the child process hands back: a settled picture, its variants, or what is wrong with the upload.

All of it is picklable, and none of it needs Pillow, so the job that waits for the child can name it.
"""

from typing import Self

import msgspec

from app.domain.assets.ladder import Format, Quality


class Settled(msgspec.Struct, frozen=True):
    """The original as it is kept: upright, in sRGB, encoded anew, without metadata."""

    data: bytes
    content_type: str
    width_px: int | None  # None for a PDF
    height_px: int | None
    sha256: str  # of `data`, in hex


class Variant(msgspec.Struct, frozen=True):
    """A smaller copy. `key` is what ladder.variant_key gives, or ladder.THUMBNAIL."""

    key: str
    data: bytes
    content_type: str
    width_px: int
    height_px: int
    quality: Quality
    format: Format


class Damaged(Exception):
    """An upload that can never be used, and why, in words for a homeowner. Trying again changes nothing."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason, code)  # both, because unpickling calls the class with these
        self.reason = reason
        self.code = code

    @classmethod
    def ends_early(cls) -> Self:
        return cls(
            "This photo is damaged: the file ends early. Send it again, best from the device it is on.", "ends-early"
        )

    @classmethod
    def unreadable(cls) -> Self:
        return cls("This photo is damaged and cannot be opened. Send it again, or choose another one.", "unreadable")

    @classmethod
    def too_many_pixels(cls) -> Self:
        return cls("This photo has more than 50 megapixels. Save a smaller copy and send that.", "too-many-pixels")

    @classmethod
    def too_costly(cls) -> Self:
        """Return what to say of a picture that took too much memory or time, or crashed the process that read it."""
        return cls("This photo is too complex to be opened safely. Save a copy as JPEG and send that.", "too-costly")
