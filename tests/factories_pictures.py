"""Uploads, friendly and hostile, each with what must come of it.

`expected` is the HTTP status when the head of the file shows what is wrong ("413", "415", "422"), "failed" when only a
decoder finds it, and "ready" when a picture must come out, whatever was wrapped around it.
"""

import functools
import io
import struct
import zipfile
from typing import Literal

import msgspec
from PIL import Image, ImageCms

from tests.raw_pictures import (
    HEIC,
    chunk,
    exif,
    iptc,
    png,
    quarters,
    room,
    saved,
    segment,
    with_segments,
    xmp,
    zeros,
)

Expected = Literal["413", "415", "422", "failed", "ready"]

SCRIPT = b"<script>alert('CANARY-SCRIPT')</script>"
PHP = b"<?php system('CANARY-PHP'); ?>"


class Upload(msgspec.Struct, frozen=True):
    name: str  # what is tried, for the test's id
    data: bytes
    filename: str
    declared_type: str
    expected: Expected


@functools.cache
def friendly() -> list[Upload]:
    """Return what people really send."""
    phone = with_segments(saved(room(), "JPEG", quality=88), exif(6), xmp())
    return [
        _ready("photo from a phone", phone, "IMG_0417.JPG", "image/jpeg"),
        _ready("photo from an iPhone", HEIC, "IMG_0417.HEIC", "image/heic"),
        _ready("progressive photo", saved(room(), "JPEG", progressive=True), "room.jpg", "image/jpeg"),
        _ready("screenshot", saved(room(640, 480), "PNG"), "Screenshot 2025-11-02 at 10.32.png", "image/png"),
        _ready("picture from a website", saved(room(), "WEBP", quality=80), "sofa.webp", "image/webp"),
        _ready("lossless drawing", saved(quarters(), "WEBP", lossless=True), "plan.webp", "image/webp"),
        _ready("scan in grey", saved(room(mode="L"), "JPEG"), "scan.jpeg", "image/jpeg"),
    ]


@functools.cache
def hostile() -> list[Upload]:
    """Return what attackers and broken devices send."""
    return [*_wrong_kinds(), *_wrong_heads(), *_wrong_bodies(), *_hidden_cargo(), *_odd_pictures(), *_odd_names()]


def by_name(name: str) -> Upload:
    return next(upload for upload in [*friendly(), *hostile()] if upload.name == name)


def large_upload(megabytes: float = 10.1) -> Upload:
    """Return a valid photo that is made larger than uploads may be, by a long comment."""
    comments = [segment(0xFE, bytes(65_000))] * int(megabytes * 1024 * 1024 // 65_000 + 1)
    return Upload("too large", with_segments(saved(quarters(), "JPEG"), *comments), "big.jpg", "image/jpeg", "413")


def _ready(name: str, data: bytes, filename: str = "photo.jpg", declared: str = "image/jpeg") -> Upload:
    return Upload(name, data, filename, declared, "ready")


def _wrong_kinds() -> list[Upload]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    entity = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg + b"&x;</svg>"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("photo.jpg", bytes(2_000_000))
    kinds = {
        "SVG with a script": (svg + SCRIPT + b"</svg>", "image/svg+xml"),
        "SVG with an external entity": (entity, "image/png"),
        "SVG with a foreign object": (svg + b"<foreignObject><body onload='x'/></foreignObject></svg>", "image/jpeg"),
        "web page as photo": (b"<!DOCTYPE html><html>" + SCRIPT + b"</html>", "image/jpeg"),
        "program as photo": (PHP, "image/jpeg"),
        "script as photo": (b"alert('CANARY')//", "image/png"),
        "PDF as photo": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "image/jpeg"),
        "PDF that is also a JPEG": (b"%PDF-1.7\n" + saved(quarters(), "JPEG"), "image/jpeg"),
        "GIF": (saved(quarters(), "GIF"), "image/gif"),
        "animated GIF": (saved(quarters(), "GIF", save_all=True, append_images=_frames(3)), "image/gif"),
        "GIF that is also a script": (b"GIF89a=1;alert('CANARY')//" + bytes(64), "image/png"),
        "TIFF": (saved(quarters(), "TIFF"), "image/tiff"),
        "BMP": (saved(quarters(), "BMP"), "image/bmp"),
        "icon": (saved(quarters(), "ICO"), "image/x-icon"),
        "AVIF": (saved(quarters(), "AVIF"), "image/avif"),
        "EPS": (saved(quarters(), "EPS"), "image/jpeg"),
        "PostScript": (b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file", "image/jpeg"),
        "Photoshop": (b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 64, 96, 8, 3), "image/jpeg"),
        "Windows metafile": (b"\xd7\xcd\xc6\x9a" + bytes(80), "image/jpeg"),
        "archive": (archive.getvalue(), "image/jpeg"),
        "video": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(200), "image/jpeg"),
        "random bytes": (bytes((i * 167 + i * i * 31 + 7) % 251 for i in range(4_000)), "image/jpeg"),
        "JPEG behind a blank": (b" " + saved(quarters(), "JPEG"), "image/jpeg"),
    }
    return [Upload(name, data, "photo.jpg", declared, "415") for name, (data, declared) in kinds.items()]


def _wrong_heads() -> list[Upload]:
    jpeg, webp = saved(room(), "JPEG"), saved(room(), "WEBP")
    short_frame = b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, 0, 900, 3) + bytes(9)) + b"\xff\xd9"
    heads = {
        "nothing": b"",
        "JPEG cut in its header": jpeg[:120],
        "JPEG of two markers": b"\xff\xd8\xff\xd9",
        "JPEG without a height": short_frame,
        "PNG cut in its header": png(8, 8)[:20],
        "PNG with a wrong header checksum": _flipped(png(8, 8), 30),
        "PNG without a width": png(0, 8),
        "PNG bomb of 177 megapixels": png(13_300, 13_300),
        "PNG bomb of a long side": png(65_500, 2_700),
        "PNG of a header only, 3.6 gigapixels": png(60_000, 60_000, rows=0),
        "PNG one pixel high": png(4_000_000, 1),
        "WebP longer than it is": webp[:4] + struct.pack("<I", 9_000_000) + webp[8:],
        "WebP cut in half": _half(webp),
        "HEIC cut in its header": HEIC[:200],
        "HEIC that claims 3.6 gigapixels": HEIC.replace(struct.pack(">II", 96, 64), struct.pack(">II", 60_000, 60_000)),
    }
    return [Upload(name, data, "photo.jpg", "image/jpeg", "422") for name, data in heads.items()]


def _wrong_bodies() -> list[Upload]:
    jpeg, webp = saved(room(), "JPEG"), saved(room(), "WEBP")
    flat, half = png(600, 400), _half(webp)
    progressive = saved(room(), "JPEG", progressive=True)
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    pixels = jpeg.index(b"\xff\xda") + 14
    bodies = {
        "JPEG cut after a tenth": jpeg[: pixels + (len(jpeg) - pixels) // 10],
        "JPEG cut in half": _half(jpeg),
        "JPEG header, then garbage": jpeg[:pixels] + bytes((i * 97 + i * i * 13) % 255 for i in range(9_000)),
        "JPEG of 48 megapixels in a kilobyte": _resized(jpeg, 8_000, 6_000)[:1_000],
        "progressive JPEG of 210 scans": progressive[:-2] + last_scan * 200 + b"\xff\xd9",
        "PNG cut in half": _half(saved(room(), "PNG")),
        "PNG with a wrong pixel checksum": _flipped(flat, flat.index(b"IDAT") + 12),
        "PNG with a text bomb": png(64, 64, chunk(b"zTXt", b"Comment\0\0" + zeros(60))),
        "PNG with a colour profile bomb": png(64, 64, chunk(b"iCCP", b"icc\0\0" + zeros(60))),
        "WebP cut, with its length made to fit": half[:4] + struct.pack("<I", len(half) - 8) + half[8:],
        "HEIC cut in its pixels": HEIC[:-60],
        "HEIC whose pixels are garbage": HEIC[:530] + bytes(i * 89 % 256 for i in range(136)) + HEIC[666:],
    }
    return [Upload(name, data, "photo.jpg", "image/jpeg", "failed") for name, data in bodies.items()]


def _hidden_cargo() -> list[Upload]:
    jpeg = saved(quarters(), "JPEG")
    told = with_segments(jpeg, exif(6), xmp(), iptc(), segment(0xFE, b"CANARY-COMMENT")) + b"CANARY-TRAILER"
    texts = [
        chunk(b"tEXt", b"Author\0CANARY-AUTHOR"),
        chunk(b"iTXt", b"Comment\0\0\0\0\0" + PHP),
        chunk(b"eXIf", exif(1)[10:]),
        chunk(b"tIME", b"\x07\xe9\x0b\x02\x0a\x20\0"),
    ]
    tagged = saved(quarters(), "WEBP", exif=exif(6)[4:], xmp=b"<x:xmpmeta>CANARY-XMP</x:xmpmeta>")
    return [
        _ready("JPEG with everything a phone tells", told),
        _ready("JPEG with a script behind it", jpeg + SCRIPT),
        _ready("JPEG that is also a PDF", with_segments(jpeg, segment(0xFE, b"%PDF-1.7 CANARY-PDF")) + b"%%EOF"),
        _ready("JPEG that is also an archive", jpeg + b"PK\x03\x04CANARY-ZIP"),
        _ready("PNG with a program and a place", png(64, 48, *texts), "x.png", "image/png"),
        _ready("PNG with a program behind it", png(64, 48) + PHP, "x.png.php", "image/png"),
        _ready("WebP with place and XMP", tagged, "x.webp", "image/webp"),
        _ready("HEIC with place and XMP", HEIC, "x.heic", "image/heic"),
    ]


def _odd_pictures() -> list[Upload]:
    cmyk_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # RGB: does not fit the picture
    clear = quarters().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    pictures = {
        "one pixel": (png(1, 1), "image/png"),
        "CMYK": (saved(room(mode="CMYK"), "JPEG"), "image/jpeg"),
        "CMYK with a profile that does not fit": (
            saved(room(mode="CMYK"), "JPEG", icc_profile=cmyk_profile),
            "image/jpeg",
        ),
        "a broken colour profile": (saved(quarters(), "JPEG", icc_profile=b"\0\0\0\1" * 99), "image/jpeg"),
        "16 bits of grey": (saved(Image.new("I;16", (90, 60), 40_000), "PNG"), "image/png"),
        "half transparent": (saved(clear, "PNG"), "image/png"),
        "a palette": (saved(quarters().convert("P"), "PNG", transparency=0), "image/png"),
        "bits": (saved(quarters().convert("1"), "PNG"), "image/png"),
        "fewer rows than it says": (png(600, 400, rows=9), "image/png"),
        "animated WebP": (saved(quarters(), "WEBP", save_all=True, append_images=_frames(30)), "image/webp"),
        "animated PNG": (saved(quarters(), "PNG", save_all=True, append_images=_frames(30)), "image/png"),
        "49 flat megapixels": (png(7_000, 7_000), "image/png"),
        "a thin strip": (png(60_000, 2), "image/png"),
        "a high strip": (png(2, 60_000), "image/png"),
        "PNG declared as JPEG": (saved(quarters(), "PNG"), "image/jpeg"),
        "JPEG declared as PNG": (saved(quarters(), "JPEG"), "image/png"),
        "JPEG declared as nothing": (saved(quarters(), "JPEG"), "application/octet-stream"),
        "an orientation there is not": (with_segments(saved(quarters(), "JPEG"), exif(77)), "image/jpeg"),
        "EXIF that is none": (
            with_segments(saved(quarters(), "JPEG"), segment(0xE1, b"Exif\0\0nonsense")),
            "image/jpeg",
        ),
        "broken EXIF": (
            with_segments(saved(quarters(), "JPEG"), exif(6)[:60] + bytes(30) + exif(6)[90:]),
            "image/jpeg",
        ),
    }
    return [_ready(name, data, "odd.jpg", declared) for name, (data, declared) in pictures.items()]


def _odd_names() -> list[Upload]:
    photo = saved(quarters(), "JPEG")
    names = {
        "a path in the name": "../../../etc/cron.d/photo.jpg",
        "a Windows path in the name": "C:\\Windows\\photo.jpg",
        "an absolute path": "/etc/passwd",
        "NUL in the name": "photo\0.php.jpg",
        "a hidden file": ".htaccess",
        "300 characters": "a" * 296 + ".jpg",
        "right to left": "photo\u202egpj.exe",
        "Hebrew": "סלון.jpg",
        "quotes and line ends": 'a"; filename="b\r\nSet-Cookie: x=1.jpg',
        "only dots": "...",
        "no name": "",
    }
    return [_ready(name, photo, filename) for name, filename in names.items()]


def _frames(count: int) -> list[Image.Image]:
    return [quarters().rotate(12 * (turn + 1)) for turn in range(count)]


def _half(data: bytes) -> bytes:
    return data[: len(data) // 4 * 2]


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _resized(jpeg: bytes, width: int, height: int) -> bytes:
    """Return the JPEG claiming another size."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
