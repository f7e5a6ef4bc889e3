"""From pixels to files: the kept original and its smaller copies. Nothing but pixels goes in."""

import io
from typing import Final

from PIL import Image, ImageOps

from app.domain.assets.damage import Variant
from app.domain.assets.ladder import CONTENT_TYPES, THUMBNAIL, THUMBNAIL_SIZE, Format, Quality, variant_key

MAX_WEBP_SIDE: Final = 16_383
WHOLE: Final = 92  # quality of a kept original: no loss that an eye finds, at half the bytes of 98


def as_jpeg(picture: Image.Image, quality: int, sampling: int = 2) -> bytes:
    try:
        return _saved(picture, "JPEG", quality=quality, subsampling=sampling, optimize=True)
    except OSError:  # to optimise, Pillow sets aside a byte per pixel, and noise needs more
        return _saved(picture, "JPEG", quality=quality, subsampling=sampling)


def as_png(picture: Image.Image) -> bytes:
    return _saved(picture, "PNG", compress_level=4)


def as_webp(picture: Image.Image, quality: int) -> bytes:
    return _saved(picture, "WEBP", quality=quality, method=2)  # 4, the default, takes twice as long for 4 % less


def as_avif(picture: Image.Image, quality: int) -> bytes:
    return _saved(picture, "AVIF", quality=quality, speed=8, max_threads=1)


def shrunk(picture: Image.Image, width: int) -> Image.Image:
    """Return the picture at this width, never enlarged, and never higher than WebP can hold."""
    scale = min(1.0, width / picture.width, MAX_WEBP_SIDE / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def encoded(picture: Image.Image, width: int, quality: Quality, format: Format) -> Variant:
    """Return a variant of a picture that `shrunk` made; `width` is the one that its key names."""
    return _variant(variant_key(width, quality, format), picture, quality, format)


def thumbnail(picture: Image.Image) -> Variant:
    """Return the middle of the picture, filling the thumbnail's size exactly."""
    return _variant(THUMBNAIL, ImageOps.fit(picture, THUMBNAIL_SIZE, Image.Resampling.LANCZOS), 80, "webp")


def _variant(key: str, picture: Image.Image, quality: Quality, format: Format) -> Variant:
    writers = {"webp": as_webp, "jpeg": as_jpeg, "avif": as_avif}
    data = writers[format](picture, quality)
    return Variant(key, data, CONTENT_TYPES[format], picture.width, picture.height, quality, format)


def _saved(picture: Image.Image, kind: str, **options: int | bool) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, exif=b"", xmp=b"", icc_profile=None, **options)
    return out.getvalue()
