"""A floor plan as PDF, written anew: its pages and nothing else. Runs only in a child process with limits.

Title, author, scripts, attachments, forms and links hang on objects that are not copied, or on names that are taken
out; photos inside lose their camera data. The pages themselves stay as they are drawn.
"""

import hashlib
import io
from collections.abc import Iterator
from typing import Any, Final

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from app.domain.assets.damage import Damaged, Settled

MAX_PAGES: Final = 40
MAX_OBJECTS: Final = 200_000

_PAGE_KEYS: Final = frozenset(
    {"/Type", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group"}
)
_TELLING_KEYS: Final = frozenset({"/Metadata", "/PieceInfo", "/LastModified", "/AA", "/AF", "/OPI", "/StructParents"})


def settle_pdf(data: bytes) -> Settled:
    """Return the plan as it is kept. Raises Damaged."""
    try:
        clean = _rewritten(data)
    except Damaged:
        raise
    except MemoryError as error:
        raise Damaged.too_costly() from error
    except Exception as error:  # a broken PDF makes the reader fail in any way there is
        raise Damaged("This PDF is damaged and cannot be opened. Send it again.", "unreadable") from error
    return Settled(clean, "application/pdf", None, None, hashlib.sha256(clean).hexdigest())


def _rewritten(data: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise Damaged("This PDF is protected by a password. Save a copy without one and send that.", "locked")
    if not 1 <= len(reader.pages) <= MAX_PAGES:
        raise Damaged(f"A floor plan has at least one and at most {MAX_PAGES} pages.", "too-many-pages")
    writer = PdfWriter()
    for page in reader.pages:
        for key in set(page) - _PAGE_KEYS:
            del page[key]
        _forget(page)
        writer.add_page(page)
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _forget(page: DictionaryObject) -> None:
    """Take what tells about people and cameras out of everything a page is drawn from."""
    for thing in _reachable(page):
        for key in _TELLING_KEYS & set(thing):
            del thing[key]
        if isinstance(thing, StreamObject) and "/DCTDecode" in str(thing.get("/Filter")):
            bare = without_segments(thing._data)  # pyright: ignore[reportPrivateUsage]: the only way to the JPEG as it is
            thing._data = bare  # pyright: ignore[reportPrivateUsage]


def _reachable(start: DictionaryObject) -> Iterator[DictionaryObject]:
    """Yield every dictionary below `start` once, without recursion: nesting may be hostile."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [start]
    steps = 0
    while waiting:
        steps += 1
        if steps > MAX_OBJECTS:
            raise Damaged.too_costly()
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            if (thing.idnum, thing.generation) in seen:
                continue
            seen.add((thing.idnum, thing.generation))
            thing = thing.get_object()
        if isinstance(thing, DictionaryObject):
            yield thing
            waiting.extend(thing.raw_get(key) for key in thing if key != "/Parent")
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))


def without_segments(jpeg: bytes) -> bytes:
    """Return a JPEG without comments and application segments, except the two that say how to read its colours."""
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, at = bytearray(jpeg[:2]), 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        end = at + 2 + max(2, int.from_bytes(jpeg[at + 2 : at + 4], "big"))
        if jpeg[at + 1] not in _TELLING_MARKERS:
            kept += jpeg[at:end]
        at = end
    return bytes(kept) + jpeg[at:]


_TELLING_MARKERS: Final = (frozenset(range(0xE0, 0xF0)) - {0xE0, 0xEE}) | {0xFE}
