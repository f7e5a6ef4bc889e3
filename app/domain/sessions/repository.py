"""Every query about sessions. Each names the owner, so that somebody else's id finds nothing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import delete, select, text

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import RenovationSession
from app.domain.sessions.schemas import SessionView, StylePreferencesView
from app.lib.ids import new_id
from app.lib.money import amount_out

COLUMNS = """id, title, phase, total_budget, currency, is_paid, version, created_at, updated_at,
    style_preferences::text"""  # as text: msgspec makes a struct of it at once
PAGE = f"""
    SELECT {COLUMNS} FROM renovation_sessions
    WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""  # noqa: S608 - the columns are ours
ONE = f"SELECT {COLUMNS} FROM renovation_sessions WHERE owner_id = $1 AND id = $2"  # noqa: S608
INSERT = text(f"""
    INSERT INTO renovation_sessions (id, owner_id, title, total_budget, currency, style_preferences)
    VALUES (:id, :owner_id, :title, :total_budget,
        coalesce(CAST(:currency AS text), (SELECT currency FROM users WHERE id = :owner_id)),
        CAST(:style_preferences AS jsonb))
    RETURNING {COLUMNS}
""")  # noqa: S608 - the columns are ours
NEWEST = (UUID(int=2**128 - 1),)

_preferences = msgspec.json.Decoder(StylePreferencesView)


class SessionRepository(Repository[RenovationSession]):
    """What the service changes."""

    model_type = RenovationSession

    async def locked(self, owner_id: UUID, session_id: UUID) -> RenovationSession | None:
        """Return a session, locked until the transaction ends."""
        query = select(RenovationSession).where(
            RenovationSession.id == session_id, RenovationSession.owner_id == owner_id
        )
        return await self.session.scalar(query.with_for_update().execution_options(populate_existing=True))

    async def remove(self, session: RenovationSession) -> None:
        """Delete a session; the database deletes what hangs from it."""
        await self.session.execute(delete(RenovationSession).where(RenovationSession.id == session.id))

    async def begin(
        self, owner_id: UUID, title: str, total_budget: Decimal | None, currency: str | None, preferences: bytes
    ) -> SessionView:
        """Write a new session; without a currency it takes its owner's.

        In plain SQL, because the ORM's way of writing one row takes as long as all the rest of the request.
        """
        values = {
            "id": new_id(),
            "owner_id": owner_id,
            "title": title,
            "total_budget": total_budget,
            "currency": currency,
            "style_preferences": preferences.decode(),
        }
        return _view((await self.session.execute(INSERT, values)).mappings().one())


class SessionReads:
    """What every page asks for first, in plain SQL straight into what is sent: a third of the ORM's time."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def before(self, owner_id: UUID, place: tuple[UUID] | None, count: int) -> Sequence[SessionView]:
        """Return the newest sessions before a place. Reads `count` entries of an index, however many there are."""
        (before,) = place or NEWEST
        return [_view(row) for row in await self._reads.fetch(PAGE, owner_id, before, count)]

    async def find(self, owner_id: UUID, session_id: UUID) -> SessionView | None:
        """Return one session."""
        row = await self._reads.fetchrow(ONE, owner_id, session_id)
        return None if row is None else _view(row)


def _view(row: Record | Mapping[Any, Any]) -> SessionView:
    return SessionView(
        id=row["id"],
        title=row["title"],
        phase=row["phase"],
        total_budget=amount_out(row["total_budget"]),
        currency=row["currency"],
        style_preferences=_preferences.decode(row["style_preferences"]),
        is_paid=row["is_paid"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
