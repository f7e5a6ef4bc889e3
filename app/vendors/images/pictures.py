"""Looking at and trimming pictures: pure functions of bytes, so that they can run in a child process a limit kills."""

import io
import warnings

from app.vendors.images import LONG_SIDE_PX

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 50_000_000
ORIENTATION = 0x0112  # the EXIF tag; 5 to 8 lie on their side
NEAR = 0.01
"""Two aspect ratios this close differ by a few pixels: not worth a crop."""


def measure(photo: bytes) -> tuple[int, int] | None:
    """Return width and height as seen by a viewer, or None when the bytes are no picture we read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(photo), formats=FORMATS) as picture:
            width, height = picture.size
            sideways = picture.getexif().get(ORIENTATION, 1) >= 5
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (height, width) if sideways else (width, height)


def conform(data: bytes, ratio: float) -> tuple[bytes, str] | None:
    """Return the picture at that width-to-height ratio with its content type, or None when it cannot be decoded.

    It is decoded in full, cropped at the middle when its ratio differs, made no larger than the port promises and
    encoded anew in its own format, which leaves every kind of metadata behind.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    return None
                kind = opened.format or "PNG"
                picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    picture = picture.crop(middle(picture.width, picture.height, ratio))
    picture.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.LANCZOS)
    picture.info.clear()
    out = io.BytesIO()
    picture.save(out, kind, **({"compress_level": 4} if kind == "PNG" else {"quality": 95}))
    return out.getvalue(), f"image/{kind.lower()}"


def middle(width: int, height: int, ratio: float) -> tuple[int, int, int, int]:
    """Return the largest box of that ratio around the centre: left, top, right, bottom."""
    if abs(width / height - ratio) <= NEAR * ratio:
        return 0, 0, width, height
    wide = min(width, max(1, round(height * ratio)))
    high = min(height, max(1, round(width / ratio)))
    left, top = (width - wide) // 2, (height - high) // 2
    return left, top, left + wide, top + high
