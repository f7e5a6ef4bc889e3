"""Which kind of file some first bytes begin, and what to call the kinds that are not accepted."""

from typing import Final

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIF_BRANDS: Final = frozenset({b"mif1", b"mif2"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})

_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF or raw camera picture"),
    (b"MM\0*", "a TIFF or raw camera picture"),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"\0\0\1\0", "an icon"),
    (b"BM", "a bitmap (BMP)"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"%PDF-", "a PDF"),
)
_TEXTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"<?php", "a program"),
    (b"#!", "a program"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<script", "a web page"),
    (b"<?xml", "an XML file"),
)


def content_type_of(head: bytes) -> str | None:
    """Return the accepted content type that these bytes begin, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    return _heif_type(_brands(head))


def describe(head: bytes) -> str:
    """Return what a refused file is, with its article, for a sentence such as "This is a GIF picture"."""
    brands = _brands(head)
    if brands:
        return "an AVIF picture" if brands & _AVIF_BRANDS else "a video or a picture in an unusual format"
    for start, name in _OTHERS:
        if head.startswith(start):
            return name
    text = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _TEXTS:
        if text.startswith(start):
            return "an SVG drawing" if b"<svg" in text else name
    return "not a kind of file we know"


def _brands(head: bytes) -> frozenset[bytes]:
    """Return the brands of an ISO media file (HEIC, AVIF, MP4): its main one and those it is compatible with."""
    length = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or not 16 <= length <= 512:
        return frozenset()
    listed = head[16 : min(length, len(head))]
    return frozenset({head[8:12]} | {listed[at : at + 4] for at in range(0, len(listed), 4)})


def _heif_type(brands: frozenset[bytes]) -> str | None:
    if brands & _AVIF_BRANDS:
        return None
    if brands & _HEIC_BRANDS:
        return "image/heic"
    return "image/heif" if brands & _HEIF_BRANDS else None
