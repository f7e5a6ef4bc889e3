"""From uploaded bytes to upright sRGB pixels. Runs only in a limited child process: it reads what strangers send."""

import io
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

import pi_heif
from PIL import Image, ImageChops, ImageCms, ImageOps, JpegImagePlugin

from app.domain.assets.damage import Damaged
from app.domain.assets.inspect import MAX_PIXELS, MAX_SIDE_PX

DECODERS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}

MAX_SCANS: Final = 40
"""Progressive JPEGs have about 10 scans. Each one costs a pass over all pixels, however few bytes it takes."""

MAX_SCANNED_PIXELS: Final = 600_000_000  # 12 scans of 50 megapixels
MAX_PROFILE_BYTES: Final = 4 * 1024 * 1024

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
pi_heif.options.DECODE_THREADS = 1  # each thread takes address space, which is limited here
pi_heif.register_heif_opener(thumbnails=False)


class Decoded(NamedTuple):
    picture: Image.Image  # 8-bit sRGB, upright, without transparency and metadata
    full_width: int  # pixels of the file; `picture` has fewer where fewer were asked for
    sampling: int  # how coarsely colour was stored, as Pillow numbers it: 0 in full, 2 a quarter, as phones do


@contextmanager
def damage() -> Generator[None]:
    """Turn every way in which decoders and encoders fail into Damaged."""
    try:
        yield
    except Damaged:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Damaged.too_many_pixels() from error
    except MemoryError as error:
        raise Damaged.too_costly() from error
    except OSError as error:
        raise Damaged.ends_early() if "truncated" in str(error) else Damaged.unreadable() from error
    except _DECODERS_RAISE as error:
        raise Damaged.unreadable() from error


_DECODERS_RAISE: Final = (
    *(ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, RuntimeError, OverflowError),
    *(struct.error, zlib.error),
)


def decoded(data: bytes, content_type: str, width: int | None = None) -> Decoded:
    """Return the first frame of a file of exactly this type; of a JPEG, cheaply, only the pixels that `width` needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata, which is dropped anyway
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=(DECODERS[content_type],)) as picture:
            full_width, height = picture.size
            _refuse_costly(data, content_type, full_width, height)
            sampling = _sampling(picture)
            if width:
                picture.draft("RGB", (width, max(1, width * height // full_width)))
            return Decoded(_upright_srgb(picture), full_width, sampling)


def _refuse_costly(data: bytes, content_type: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise Damaged.too_many_pixels()
    scans = data.count(b"\xff\xda") if content_type == "image/jpeg" else 0  # these two never occur inside pixel data
    if scans > MAX_SCANS or scans * width * height > MAX_SCANNED_PIXELS:
        raise Damaged.too_costly()


def _sampling(picture: Image.Image) -> int:
    if not isinstance(picture, JpegImagePlugin.JpegImageFile) or picture.mode != "RGB":
        return 2
    return max(0, JpegImagePlugin.get_sampling(picture))


def _upright_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    picture.load()
    with suppress(SyntaxError, ValueError, TypeError, KeyError, struct.error, OSError):  # broken EXIF: left as it lies
        ImageOps.exif_transpose(picture, in_place=True)  # in place: a copy of 50 megapixels is 200 MB
    flat = _flat(picture)
    clean = _in_srgb(flat, profile) if isinstance(profile, bytes) else _rgb(flat)
    if clean is picture:
        clean = picture.copy()  # lets go of the file and its decoder, which for WebP holds all pixels twice more
    clean.info = {}  # Pillow writes comments and colour profiles that it finds here
    return clean


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture as L, RGB or CMYK with 8 bits, transparent parts on white."""
    if picture.has_transparency_data:
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        layer.paste("white", mask=ImageChops.invert(layer.getchannel("A")))  # in place, too
        return layer.convert("RGB")
    if picture.mode.startswith("I"):  # 16-bit grey, which convert() would clip instead of scaling
        return picture.point(lambda value: value / 256).convert("L")
    return picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")


def _rgb(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture converted from its colour profile; a profile that cannot be used is left out."""
    if len(profile) > MAX_PROFILE_BYTES:
        return _rgb(picture)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "RGB" in picture.mode and ImageCms.getProfileDescription(source).strip() in _SAME_AS_SRGB:
            return _rgb(picture)
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return _rgb(picture)
    return converted if converted is not None else _rgb(picture)


_SAME_AS_SRGB: Final = frozenset({"sRGB IEC61966-2.1", "sRGB", "sRGB built-in", "uRGB", "c2"})
