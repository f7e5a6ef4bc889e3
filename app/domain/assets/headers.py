"""The pixel size a picture's header states, read without decoding anything.

Sources: JPEG ITU-T T.81 annex B, https://www.w3.org/TR/png-3/, https://developers.google.com/speed/webp/docs/riff_container
and, for HEIF, ISO/IEC 23008-12 (boxes `meta` > `iprp` > `ipco` > `ispe`).
"""

import zlib
from collections.abc import Iterator
from typing import Final

Size = tuple[int, int]  # width, height


class Cut(ValueError):
    """The bytes end before the size does."""


def pixel_size(head: bytes, size_bytes: int, content_type: str) -> Size:
    """Return width and height as stored. Raises Cut when `head` is too short, ValueError when it is malformed."""
    match content_type:
        case "image/jpeg":
            return _jpeg(head)
        case "image/png":
            return _png(head)
        case "image/webp":
            return _webp(head, size_bytes)
        case "image/heic" | "image/heif":
            return _heif(head)
        case _:
            raise ValueError(f"no reader for {content_type}")


_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those three define tables
_BARE_MARKERS: Final = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xD9)})  # no length follows; 00 and FF are filling


def _jpeg(head: bytes) -> Size:
    at = 2
    while (at := head.find(b"\xff", at)) >= 0 and at + 9 <= len(head):
        marker = head[at + 1]
        if marker in _BARE_MARKERS:
            at += 1 if marker == 0xFF else 2
        elif marker in _FRAME_MARKERS:
            return int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
        elif marker in {0xD9, 0xDA}:  # the end, or pixels, before any size
            raise ValueError("no frame header")
        else:
            at += 2 + max(2, int.from_bytes(head[at + 2 : at + 4], "big"))
    raise Cut


def _png(head: bytes) -> Size:
    if len(head) < 33:
        raise Cut
    if head[8:16] != b"\0\0\0\rIHDR" or zlib.crc32(head[12:29]) != int.from_bytes(head[29:33], "big"):
        raise ValueError("no header chunk, or its checksum is wrong")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _webp(head: bytes, size_bytes: int) -> Size:
    if len(head) < 30:
        raise Cut
    if int.from_bytes(head[4:8], "little") + 8 > size_bytes:
        raise ValueError("the container says that it is longer than the file")
    body = head[20:30]
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
        case b"VP8L" if body[0] == 0x2F:
            bits = int.from_bytes(body[1:5], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if body[3:6] == b"\x9d\x01\x2a":
            return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
        case _:
            raise ValueError("no picture chunk")


def _heif(head: bytes) -> Size:
    """Return the size of the largest picture in the file: thumbnails, tiles and depth maps are smaller ones."""
    sizes = [size for box in _path(head, b"meta", b"iprp", b"ipco") for size in _extents(box)]
    if not sizes:
        raise ValueError("no picture has a size")
    return max(sizes, key=lambda size: size[0] * size[1])


def _extents(properties: bytes) -> Iterator[Size]:
    for kind, body in _boxes(properties):
        if kind == b"ispe" and len(body) >= 12:
            yield int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")


def _path(data: bytes, *kinds: bytes) -> Iterator[bytes]:
    """Yield the one box that each kind names inside the one before. Raises Cut when it is not there in full."""
    for kind in kinds:
        body = next((body for found, body in _boxes(data) if found == kind), None)
        if body is None:
            raise Cut
        data = body[4:] if kind == b"meta" else body  # `meta` begins with a version and flags
    yield data


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each box that lies in `data` in full."""
    at = 0
    while at + 8 <= len(data):
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = len(data) if length == 0 else at + length
        if end < start:
            raise ValueError("a box is shorter than its own header")
        if end > len(data):
            return
        yield data[at + 4 : at + 8], data[start:end]
        at = end
