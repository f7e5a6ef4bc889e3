"""What is done to an uploaded or rendered picture, in a child process that a limit can kill.

`settle_and_variants` is the whole job with one decoding: the original, encoded anew without metadata, and its ladder.
`variant` makes one further combination from a kept original. Everything here can be handed to a process pool, which
starts each child with `limit_child`. The files that a child cannot use end as `Damaged`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from PIL import Image

from app.domain.assets import encoding
from app.domain.assets.child import limit_child
from app.domain.assets.damage import Damaged, Settled, Variant
from app.domain.assets.decoding import Decoded, damage, decoded
from app.domain.assets.ladder import LADDER, THUMBNAIL_SIZE, Format, Quality, snap
from app.domain.assets.signatures import content_type_of

__all__ = ["Damaged", "Settled", "Variant", "limit_child", "settle", "settle_and_variants", "variant", "variants"]

PDF: Final = "application/pdf"
MAX_WEBP_PIXELS: Final = 16_000_000  # above, encoding takes seconds, and JPEG a third of one
CRISP_BYTES: Final = 2_000_000
CRISP_PIXELS: Final = 4_000_000
"""A PNG below both is a drawing or a screenshot and stays lossless. Above, it is a photo: ten times smaller as JPEG."""


@damage()
def settle(data: bytes, content_type: str) -> Settled:
    """Return the original as it is kept, also of a PDF. Raises Damaged."""
    if content_type == PDF:
        return _settled_pdf(data)
    return _settled(decoded(data, content_type), data, content_type)


@damage()
def settle_and_variants(data: bytes, content_type: str) -> tuple[Settled, list[Variant]]:
    """Return the kept original and all its variants, decoding once; a PDF has none. Raises Damaged."""
    if content_type == PDF:
        return _settled_pdf(data), []
    source = decoded(data, content_type)
    return _settled(source, data, content_type), list(_ladder(source.picture, LADDER, 80, "webp"))


@damage()
def variants(
    data: bytes, widths: Iterable[int] = LADDER, quality: Quality = 80, format: Format = "webp"
) -> list[Variant]:
    """Return the thumbnail and one variant per kept width of a kept original. Raises Damaged."""
    return list(_ladder(decoded(data, _kept_type(data)).picture, widths, quality, format))


@damage()
def variant(data: bytes, width: int, quality: Quality, format: Format) -> Variant:
    """Return one variant of a kept original; its key names the width that `snap` gives. Raises Damaged."""
    source = decoded(data, _kept_type(data), width=snap(width, LADDER[-1]))
    kept = snap(width, source.full_width)
    return encoding.encoded(encoding.shrunk(source.picture, kept), kept, quality, format)


def _settled_pdf(data: bytes) -> Settled:
    from app.domain.assets.floorplans import settle_pdf  # its library takes a quarter of a second to import

    return settle_pdf(data)


def _settled(source: Decoded, upload: bytes, content_type: str) -> Settled:
    """Return a WebP as WebP and a PNG as PNG up to a size, everything else as JPEG."""
    clean = source.picture
    crisp = len(upload) <= CRISP_BYTES and clean.width * clean.height <= CRISP_PIXELS
    if content_type == "image/png" and crisp:
        data, kept_type = encoding.as_png(clean), "image/png"
    elif content_type == "image/webp" and clean.width * clean.height <= MAX_WEBP_PIXELS:
        data, kept_type = encoding.as_webp(clean, encoding.WHOLE), "image/webp"
    else:
        full_colour = 0 if content_type == "image/png" else source.sampling
        data, kept_type = encoding.as_jpeg(clean, encoding.WHOLE, full_colour), "image/jpeg"
    return Settled(data, kept_type, clean.width, clean.height, hashlib.sha256(data).hexdigest())


def _ladder(picture: Image.Image, widths: Iterable[int], quality: Quality, format: Format) -> Iterator[Variant]:
    """Yield the thumbnail and the variants, widest first, each made from the one before, not from all pixels."""
    small = picture
    for width in sorted({snap(width, picture.width) for width in widths}, reverse=True):
        small = encoding.shrunk(small, width)
        yield encoding.encoded(small, width, quality, format)
        if small.width >= 2 * THUMBNAIL_SIZE[0] and small.height >= 2 * THUMBNAIL_SIZE[1]:
            picture = small
    yield encoding.thumbnail(picture)


def _kept_type(data: bytes) -> str:
    content_type = content_type_of(data)
    if content_type not in {"image/jpeg", "image/png", "image/webp"}:
        raise Damaged.unreadable()
    return content_type
