"""Every query about sessions. Each names the owner, so that somebody else's id finds nothing."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import ColumnElement, delete, select

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import RenovationSession, User
from app.domain.sessions.schemas import SessionView, StylePreferencesView
from app.lib.money import amount_out

COLUMNS = """id, title, phase, total_budget, currency, is_paid, version, created_at, updated_at,
    style_preferences::text"""  # as text: msgspec makes a struct of it at once
PAGE = f"""
    SELECT {COLUMNS} FROM renovation_sessions
    WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""  # noqa: S608 - the columns are ours
ONE = f"SELECT {COLUMNS} FROM renovation_sessions WHERE owner_id = $1 AND id = $2"  # noqa: S608
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

    def currency_of(self, owner_id: UUID) -> ColumnElement[str]:
        """Return the currency a person reckons in, for the insertion itself to look up: it saves a round trip."""
        return select(User.currency).where(User.id == owner_id).scalar_subquery()


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


def _view(row: asyncpg.Record) -> SessionView:
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
