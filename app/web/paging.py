"""Lists in pages: an opaque cursor says where the next page starts, so that nothing is skipped or told twice.

A page is found by its place in the sort order (a keyset), never by counting rows. The place travels as checked JSON,
with the list's name, so that a cursor of another list is refused; it gives access to nothing, so it is not signed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request
from litestar.di import Provide
from litestar.params import QueryParameter
from sqlalchemy import ColumnElement, Select, tuple_

from app.lib.errors import FieldError, Unprocessable
from app.lib.schema import View

T = TypeVar("T")
Place = TypeVar("Place")
Rows = TypeVar("Rows", bound=tuple[Any, ...])

DEFAULT_LIMIT = 20


class BadCursor(Unprocessable):
    """A cursor that no answer of this list gave out."""

    title = "This cursor does not belong to this list"


class Page(View, Generic[T]):
    """One page of a list; `nextCursor` asks for the next, and is null at the end."""

    items: list[T]
    next_cursor: str | None


class PageRequest(msgspec.Struct, frozen=True):
    """Which page is asked for: at most `limit` items, after the place the cursor names."""

    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    announce: Callable[[str], None] | None = None  # told the next cursor, for the Link header

    @property
    def fetch(self) -> int:
        """Return how many rows to read: one more than asked for shows that there is a next page."""
        return self.limit + 1

    def place(self, name: str, kind: type[Place]) -> Place | None:
        """Return where the page starts, or None at the beginning. Raises BadCursor.

        `kind` is the tuple of the sort key and the id, such as `tuple[datetime, UUID]`.
        """
        if not self.cursor:
            return None
        try:
            raw = urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4))
            found, place = msgspec.json.decode(raw, type=tuple[str, kind])
        except (ValueError, RecursionError):
            found, place = "", None
        if found != name:
            wrong = FieldError("query.cursor", "Must be a `nextCursor` of this list")
            raise BadCursor("Start again without a cursor.", errors=[wrong])
        return place

    def cut(self, rows: Sequence[T], name: str, place_of: Callable[[T], tuple[Any, ...]]) -> tuple[list[T], str | None]:
        """Return the page's rows, and the cursor of the next page where there is one."""
        if len(rows) <= self.limit:
            return list(rows), None
        rows = rows[: self.limit]
        cursor = encode(name, place_of(rows[-1]))
        if self.announce:
            self.announce(cursor)
        return list(rows), cursor


def encode(name: str, place: tuple[Any, ...]) -> str:
    """Return the cursor that stands for a place in a list."""
    return urlsafe_b64encode(msgspec.json.encode((name, place))).decode().rstrip("=")


def keyset(
    query: Select[Rows],
    columns: Sequence[ColumnElement[Any] | Any],
    place: tuple[Any, ...] | None,
    page: PageRequest,
    *,
    descending: bool = True,
) -> Select[Rows]:
    """Return the query cut to one page and one row more, ordered by columns that together are unique."""
    if place is not None:
        here = tuple_(*columns)
        query = query.where(here < place if descending else here > place)
    return query.order_by(*(column.desc() if descending else column for column in columns)).limit(page.fetch)


async def provide_page(
    request: Request[Any, Any, Any],
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str,
        QueryParameter(
            max_length=500,
            pattern=r"^[A-Za-z0-9_-]*$(?!\n)",
            description="The `nextCursor` of the page before; empty for the first page.",
        ),
    ] = "",
) -> PageRequest:
    """Return which page a request asks for."""

    def announce(following: str) -> None:
        query = urlencode({**dict(request.query_params), "cursor": following})
        link = f'<{request.scope["path"]}?{query}>; rel="next"'
        request.scope["state"].setdefault("answer_headers", []).append((b"link", link.encode()))

    return PageRequest(limit, cursor, announce)


PAGE = {"page": Provide(provide_page)}
