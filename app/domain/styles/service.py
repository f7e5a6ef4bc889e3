"""Reading the styles, from the cache wherever possible."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models.styles import CATALOGUE_KEY
from app.domain.styles.catalogue import Catalogue, Entry, catalogue_of, encode, etag_of_bytes
from app.domain.styles.repository import StyleReads
from app.lib.errors import NotFound
from app.resources import Resources
from app.web.paging import PageRequest


class StyleNotFound(NotFound):
    """No style has this slug."""

    title = "No such style"


class Answer(msgspec.Struct, frozen=True):
    """JSON that is ready to be sent, and its ETag."""

    body: bytes
    etag: str


class StyleService:
    """The catalogue of styles. It is the same for everyone, so nobody is asked who they are."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._styles = StyleReads(resources.reads)
        self._cache = resources.cache

    async def page(self, ask: PageRequest) -> Answer:
        """Return a page of the catalogue, in the order in which styles are offered. Raises BadCursor."""
        catalogue = await self._catalogue()
        entries = catalogue.after(ask.place("styles", tuple[UUID]), ask.fetch)
        return Answer(_listed(*ask.cut(entries, "styles", lambda entry: (entry.id,))), catalogue.etag)

    async def get(self, slug: str) -> Answer:
        """Return a style. Raises StyleNotFound."""
        catalogue = await self._catalogue()
        if entry := catalogue.find(slug):
            return Answer(bytes(entry.style), catalogue.etag)
        raise StyleNotFound("GET /api/styles lists them.", slug=slug)

    async def search(self, text: str, limit: int) -> Answer:
        """Return the styles that fit some words, best first; none when nothing fits. Any text will do."""
        slugs = await self._styles.search(text, limit)
        body = _listed((await self._catalogue()).named(slugs), None)
        return Answer(body, etag_of_bytes(body))

    async def _catalogue(self) -> Catalogue:
        return catalogue_of(await self._cache.get(CATALOGUE_KEY, self._fetch))

    async def _fetch(self) -> bytes:
        return encode(await self._styles.all())


def _listed(entries: Sequence[Entry], next_cursor: str | None) -> bytes:
    """Return a list of styles as it is sent, put together from what is encoded already."""
    items = b",".join([bytes(entry.style) for entry in entries])
    return b'{"items":[' + items + b'],"nextCursor":' + msgspec.json.encode(next_cursor) + b"}"
