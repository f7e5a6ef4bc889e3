"""The catalogue as bytes: what is cached, and the answers cut from it without encoding anything again."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from uuid import UUID

import msgspec

from app.domain.styles.schemas import StyleView

VERSIONS_KEPT = 2  # the present catalogue, and the one that is going while a new one comes


class Entry(msgspec.Struct, frozen=True):
    """One style in its place; `style` is the JSON of its StyleView."""

    id: UUID
    slug: str
    style: msgspec.Raw


class Catalogue:
    """All styles in the order in which they are offered."""

    def __init__(self, value: bytes) -> None:
        self.entries = msgspec.json.decode(value, type=list[Entry])
        self.etag = etag_of_bytes(value)  # of whatever is cut from it, as the address says which cut
        self._by_slug = {entry.slug: entry for entry in self.entries}

    def find(self, slug: str) -> Entry | None:
        """Return one style."""
        return self._by_slug.get(slug)

    def after(self, place: tuple[UUID] | None, count: int) -> list[Entry]:
        """Return the next styles after a place, from the first on when there is none."""
        return list(islice((entry for entry in self.entries if not place or entry.id > place[0]), count))

    def named(self, slugs: Iterable[str]) -> list[Entry]:
        """Return styles by their slugs, in the order of these; what has gone meanwhile is left out."""
        return [self._by_slug[slug] for slug in slugs if slug in self._by_slug]


@lru_cache(VERSIONS_KEPT)
def catalogue_of(value: bytes) -> Catalogue:
    """Return the catalogue some cached bytes hold; the same bytes are read once."""
    return Catalogue(value)


def encode(styles: Sequence[tuple[UUID, StyleView]]) -> bytes:
    """Return the bytes to be cached."""
    entries = [Entry(style_id, style.slug, msgspec.Raw(msgspec.json.encode(style))) for style_id, style in styles]
    return msgspec.json.encode(entries)


def etag_of_bytes(value: bytes) -> str:
    """Return a strong ETag of some content."""
    return f'"{sha256(value).hexdigest()[:24]}"'
