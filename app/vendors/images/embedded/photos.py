"""A homeowner's photo in, a clean picture file out."""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from app.vendors.images import LONG_SIDE_PX, ImageRefused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 50_000_000
JPEG_QUALITY = 90
"""640 kB and 30 ms for 1536 px; the same picture as PNG takes 3 MB and 600 ms."""

_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's decoders raise for damaged files: not one family."""


def upright(photo: bytes, long_side_px: int = LONG_SIDE_PX) -> Image.Image:
    """Return the photo as RGB, turned the way it was taken, its long side at most `long_side_px`.

    Raises ImageRefused for what cannot be decoded.
    """
    try:
        return _decoded(photo, long_side_px)
    except _DAMAGE as error:
        raise ImageRefused(
            "This photo cannot be read. Please send it again, or take another one.",
            code="photo-unreadable",
            detail=str(error),
        ) from error


def _decoded(photo: bytes, long_side_px: int) -> Image.Image:
    opened = Image.open(io.BytesIO(photo), formats=FORMATS)
    if opened.width * opened.height > MAX_PIXELS:
        raise ImageRefused("This photo is too large. Please send a smaller one.", code="photo-too-large")
    opened.draft("RGB", (long_side_px, long_side_px))  # a JPEG shrinks while it is decoded: 12 MP in 120 ms, not 260
    picture = _opaque(ImageOps.exif_transpose(opened))
    picture.thumbnail((long_side_px, long_side_px), Image.Resampling.LANCZOS)
    return picture


def _opaque(picture: Image.Image) -> Image.Image:
    """Return RGB; what is see-through becomes white, not whatever colour is hidden there."""
    if picture.mode.startswith("I"):  # 16-bit grey: Pillow would clip it, not scale it
        grey = np.asarray(picture).astype(np.float32) / 257
        picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.new("RGBA", layer.size, "white")
        picture.alpha_composite(layer)
    return picture.convert("RGB")


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Return a JPEG of (rows, columns, 3) without any metadata, its colour borders as sharp as its light."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, exif=b"", icc_profile=None)
    return out.getvalue()
