"""Every query about styles. They are plain SQL: what they read only travels, and nothing here is changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.db.engine import Reads
from app.domain.styles.schemas import Colour, StyleView

ALL = """
    SELECT id, slug, name, description, palette::text, materials, keywords, rooms, era, origin FROM styles ORDER BY id
"""
# Whoever asks for several words wants all of them; only when no style has them all, those with the most come instead.
# A part of a name ("scandi") finds it too. On a few dozen rows an index would only be one more thing to keep.
SEARCH = """
    WITH asked AS (
        SELECT websearch_to_tsquery('english', $1) AS wish, lower(btrim($1)) AS phrase,
            tsvector_to_array(to_tsvector('english', $1)) AS words
    ), worded AS (
        SELECT slug, lower(concat_ws(' ', name, array_to_string(keywords, ' '))) AS names,
            setweight(to_tsvector('english', name), 'A')
            || setweight(to_tsvector('english', array_to_string(keywords, ' ')), 'B')
            || setweight(to_tsvector('english', concat_ws(' ', array_to_string(materials || rooms, ' '), era, origin,
                (SELECT string_agg(colour ->> 'name', ' ') FROM jsonb_array_elements(palette) AS colour))), 'C')
            || setweight(to_tsvector('english', description), 'D') AS words
        FROM styles
    ), ranked AS (
        SELECT slug, worded.words @@ wish AS fits, ts_rank(worded.words, wish) AS rank,
            phrase <> '' AND strpos(names, phrase) > 0 AS named,
            cardinality(ARRAY(
                SELECT unnest(tsvector_to_array(worded.words)) INTERSECT SELECT unnest(asked.words)
            )) AS shared
        FROM worded, asked
    )
    SELECT slug FROM ranked
    WHERE fits OR named OR (shared > 0 AND NOT EXISTS (SELECT FROM ranked WHERE fits))
    ORDER BY fits DESC, named DESC, rank DESC, shared DESC, slug LIMIT $2
"""

_palette = msgspec.json.Decoder(list[Colour])


class StyleReads:
    """The styles in the database."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def all(self) -> list[tuple[UUID, StyleView]]:
        """Return every style with its id, in the order in which they are offered: that of their ids."""
        rows = await self._reads.fetch(ALL)
        return [_with_id(row) for row in rows]

    async def search(self, text: str, limit: int) -> Sequence[str]:
        """Return the slugs of the styles that fit some words, best first. Any text will do."""
        return [row["slug"] for row in await self._reads.fetch(SEARCH, text, limit)]


def _with_id(row: asyncpg.Record) -> tuple[UUID, StyleView]:
    values: dict[str, Any] = dict(row)
    values["palette"] = _palette.decode(values["palette"])
    return values.pop("id"), StyleView(**values)
