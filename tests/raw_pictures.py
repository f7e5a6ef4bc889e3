"""Picture files put together by hand, byte by byte: what no library would write, and what it leaves out when asked."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

CANARY = b"CANARY"  # every secret planted in a file contains it, so one search finds any that survived

Entry = tuple[int, int, int, bytes]  # tag, type, count, value


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def room(width: int = 900, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Return something like a photo: light from the left, a floor, and texture that does not compress away."""
    light = Image.linear_gradient("L").rotate(90).resize((width, height))
    grain = Image.effect_mandelbrot((width, height), (-1.6, -1.2, 0.8, 1.2), 24)
    floor = Image.new("L", (width, height), 90)
    floor.paste(200, (0, 0, width, height * 2 // 3))
    return Image.merge("RGB", (Image.blend(light, floor, 0.5), floor, Image.blend(floor, grain, 0.4))).convert(mode)


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Return a picture whose left half is red and right half is blue, to see which way up it ends."""
    picture = Image.new("RGB", (width, height), (230, 60, 40))
    picture.paste((40, 90, 200), (width // 2, 0, width, height))
    return picture


def segment(marker: int, body: bytes) -> bytes:
    """Return a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def jpeg_markers(jpeg: bytes) -> set[int]:
    """Return the marker of every segment before the pixels, and of whatever follows the end of the picture."""
    at, found = 2, set[int]()
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    assert jpeg.endswith(b"\xff\xd9")
    return found


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes, depth: int = 1, rows: int | None = None) -> bytes:
    """Return a black grey-scale PNG: honest with `rows` None, else with pixels for that many rows only."""
    row = b"\0" + bytes((width * depth + 7) // 8)
    pixels = zlib.compress(row * (height if rows is None else rows))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def png_chunks(data: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(data):
        yield data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def webp_chunks(data: bytes) -> Iterator[bytes]:
    at = 12
    while at < len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4]
        at += 8 + length + length % 2


def zeros(megabytes: int) -> bytes:
    """Return a few kilobytes that unpack to this many megabytes."""
    squeeze = zlib.compressobj(9)
    return b"".join(squeeze.compress(bytes(1_000_000)) for _ in range(megabytes)) + squeeze.flush()


def exif(orientation: int) -> bytes:
    """Return the EXIF segment of a phone: a place, a maker's note and a preview picture, each with its canary."""
    gps: list[Entry] = [
        (1, 2, 2, b"N\0"),
        (2, 5, 3, struct.pack(">6I", 52, 1, 31, 1, 12, 1)),
        (3, 2, 2, b"E\0"),
        (4, 5, 3, struct.pack(">6I", 13, 1, 24, 1, 18, 1)),
        (29, 2, 11, b"CANARY-GPS\0"),
    ]
    camera: list[Entry] = [
        (0x9003, 2, 13, b"CANARY-TAKEN\0"),
        (0x927C, 7, 12, b"CANARY-MAKER"),
        (0xA431, 2, 14, b"CANARY-SERIAL\0"),
    ]
    preview = with_segments(saved(quarters(32, 24), "JPEG"), segment(0xFE, b"CANARY-PREVIEW"))
    main: list[Entry] = [(0x010E, 2, 13, b"CANARY-TITLE\0"), (0x0112, 3, 1, struct.pack(">HH", orientation, 0))]
    return segment(0xE1, b"Exif\0\0" + _tiff(main, camera, gps, preview))


def _tiff(main: list[Entry], camera: list[Entry], gps: list[Entry], preview: bytes) -> bytes:
    """Return a TIFF block: main directory, the camera's and the place's, and a second one with the preview."""
    size_of_main = _length([*main, (0x8769, 4, 1, b"----"), (0x8825, 4, 1, b"----")])
    camera_at = 8 + size_of_main
    gps_at = camera_at + _length(camera)
    second_at = gps_at + _length(gps)
    pointers: list[Entry] = [
        (0x8769, 4, 1, struct.pack(">I", camera_at)),
        (0x8825, 4, 1, struct.pack(">I", gps_at)),
    ]
    preview_at = second_at + _length([(0x201, 4, 1, b"----"), (0x202, 4, 1, b"----")])
    second: list[Entry] = [
        (0x201, 4, 1, struct.pack(">I", preview_at)),
        (0x202, 4, 1, struct.pack(">I", len(preview))),
    ]
    blocks = [
        b"MM\0*" + struct.pack(">I", 8),
        _packed([*main, *pointers], 8, second_at),
        _packed(camera, camera_at),
        _packed(gps, gps_at),
        _packed(second, second_at),
        preview,
    ]
    return b"".join(blocks)


def _length(entries: list[Entry]) -> int:
    return 6 + 12 * len(entries) + sum(len(value) for *_, value in entries if len(value) > 4)


def _packed(entries: list[Entry], at: int, following: int = 0) -> bytes:
    head, values = struct.pack(">H", len(entries)), b""
    values_at = at + 6 + 12 * len(entries)
    for tag, kind, count, value in entries:
        inline = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(">I", values_at + len(values))
        head += struct.pack(">HHI", tag, kind, count) + inline
        values += value if len(value) > 4 else b""
    return head + struct.pack(">I", following) + values


def xmp() -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>CANARY-XMP</x:xmpmeta>")


def iptc() -> bytes:
    """Return a Photoshop segment with the IPTC field for a city."""
    record = struct.pack(">BBBH", 0x1C, 2, 90, 11) + b"CANARY-CITY"
    return segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record)


HEIC = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAettZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAEZpbG9jAAAA
    AERAAAMAAQAAAAACDwABAAAAAAAAAIsAAgAAAAACmgABAAAAAAAAALoAAwAAAAADVAABAAAAAAAAACEAAABiaWluZgAAAAAAAwAAABVpbmZlAgAA
    AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAACppbmZlAgAAAQADAABtaW1lAGFwcGxpY2F0aW9uL3JkZit4bWwAAAAAAA5waXRtAAAA
    AAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAr
    QgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAA
    AAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAAEFgQIDBIUAAAAoaXJlZgAAAAAAAAAOY2RzYwACAAEA
    AQAAAA5jZHNjAAMAAQABAAABbm1kYXQAAACHKAGvCeAhOXVf//hpf//zylyH7fw1JBKf/vTRO/fMv/++kVdSY7GZ264IVMizFSOa57/7kDPzZqsX
    BEf/6S7CCFk1syJCtMh/67fI6vnjq3Af/dWfc8FaeSuf1Fbn/zCB3x/ZHMCm4ANqwS8l58GcIYVgPt/ffyHgM1LmPXj9Q/4Uvyjmo1rwAAAABkV4
    aWYAAE1NACoAAAAIAAIBDgACAAAADAAAACaIJQAEAAAAAQAAADIAAAAAQ0FOQVJZLUVYSUYAAAUAAQACAAAAAk4AAAAAAgAFAAAAAwAAAHQAAwAC
    AAAAAkUAAAAABAAFAAAAAwAAAIwAHQACAAAACwAAAKQAAAAAAAAANAAAAAEAAAAfAAAAAQAAAAwAAAABAAAADQAAAAEAAAAYAAAAAQAAABIAAAAB
    Q0FOQVJZLUdQUwAAPHg6eG1wbWV0YT5DQU5BUlktWE1QPC94OnhtcG1ldGE+
    """
)
"""96×64 pixels of `quarters`, to be shown turned (64×96, red on top), with the canaries of EXIF, GPS and XMP. Pillow
has no encoder for HEIC; this was made once with libheif, and the box that turns it was added by hand."""
