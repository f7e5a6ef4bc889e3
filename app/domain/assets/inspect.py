"""What an upload really is, told from its first bytes: the API's own look, before anything is kept.

Nothing is decoded here. The signature decides the type (at offset 0 only, whatever the name or the request claims), the
header gives the pixel size. The readers are ours, because the ready ones do more than a public route should: they
follow addresses, open XML, or guess by a file's end. What only a decoder can see is found later, in a child process.
"""

import unicodedata
from pathlib import PurePosixPath
from typing import Final

import msgspec

from app.domain.assets.headers import Cut, pixel_size
from app.domain.assets.signatures import content_type_of, describe
from app.lib.errors import TooLarge, Unprocessable, UnsupportedMedia

HEAD_BYTES: Final = 256 * 1024
"""How much of a file the caller reads. Cameras keep a preview and colour data before the size: often 60 kB of them."""

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 50_000_000
MAX_SIDE_PX: Final = 65_500  # the longest side a JPEG decoder takes

EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "application/pdf": "pdf",
}
PHOTO_TYPES: Final = frozenset(EXTENSIONS) - {"application/pdf"}
FLOORPLAN_TYPES: Final = frozenset(EXTENSIONS)

MAX_NAME: Final = 200
JOINERS: Final = "\u200c\u200d"  # invisible, and needed: Persian words and composed emoji break without them


class UnsupportedFileType(UnsupportedMedia):
    title = "This kind of file is not accepted"


class FileTooLarge(TooLarge):
    title = "The file is too large"


class EmptyFile(Unprocessable):
    title = "The file is empty"


class UnreadableImage(Unprocessable):
    title = "The picture cannot be read"


class TooManyPixels(Unprocessable):
    title = "The picture has too many pixels"


class Inspected(msgspec.Struct, frozen=True):
    """What the head of a file shows. Width and height are as stored, before a camera's orientation is applied."""

    content_type: str
    extension: str
    width_px: int | None  # None for a PDF, and where the size lies behind the head
    height_px: int | None


def inspect(head: bytes, size_bytes: int, allowed: frozenset[str]) -> Inspected:
    """Return what the file is, from its first HEAD_BYTES bytes.

    Raises EmptyFile, FileTooLarge, UnsupportedFileType, UnreadableImage or TooManyPixels.
    """
    if size_bytes == 0:
        raise EmptyFile("Choose a file with something in it.")
    if size_bytes > MAX_BYTES:
        raise FileTooLarge("Choose a file of at most 10 MB.", size_bytes=size_bytes, max_bytes=MAX_BYTES)
    content_type = content_type_of(head)
    if content_type is None or content_type not in allowed:
        raise _unsupported(head, allowed)
    size = None if content_type == "application/pdf" else _size(head, size_bytes, content_type)
    width_px, height_px = size or (None, None)
    return Inspected(content_type, EXTENSIONS[content_type], width_px, height_px)


def display_name(filename: str) -> str:
    """Return a file name fit for showing: no path, no invisible or direction-changing characters, never empty.

    It is for people only; files are stored under names of our own.
    """
    text = unicodedata.normalize("NFC", filename[-2_000:].replace("\\", "/")).rpartition("/")[2]
    shown = "".join(char for char in text if char in JOINERS or unicodedata.category(char) not in _UNSHOWN)
    name = " ".join(shown.split()).strip(". ")
    if len(name) <= MAX_NAME:
        return name or "upload"
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending) <= 10 else ""
    return name[: MAX_NAME - len(ending)].rstrip(". ") + ending


_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _size(head: bytes, size_bytes: int, content_type: str) -> tuple[int, int] | None:
    """Return the checked pixel size; None when it lies behind the head, which the decoder then checks."""
    try:
        width, height = pixel_size(head, size_bytes, content_type)
    except Cut as error:
        if len(head) < size_bytes:
            return None
        raise UnreadableImage("The file ends early. Send the photo again.") from error
    except ValueError as error:
        raise UnreadableImage("The file is damaged. Send the photo again, or another one.") from error
    if width == 0 or height == 0:
        raise UnreadableImage("The picture says that it has no size. Send another one.")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise TooManyPixels(
            "Choose a picture of at most 50 megapixels.", width_px=width, height_px=height, max_pixels=MAX_PIXELS
        )
    return width, height


def _unsupported(head: bytes, allowed: frozenset[str]) -> UnsupportedFileType:
    wanted = "a JPEG, PNG, WebP or HEIC picture" + (" or a PDF" if "application/pdf" in allowed else "")
    return UnsupportedFileType(f"This is {describe(head)}. Choose {wanted}.", accepted=sorted(allowed))
