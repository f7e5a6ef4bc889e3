"""What can be done with a renovation as a whole."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import RenovationSession
from app.domain.files.removal import remove_files_of_session
from app.domain.sessions.repository import SessionReads, SessionRepository
from app.domain.sessions.schemas import SessionCreate, SessionPatch, SessionView, StylePreferences, session_view
from app.lib.errors import NotFound
from app.lib.money import amount_in
from app.lib.schema import changes
from app.queue.ending import end_jobs
from app.resources import Resources
from app.web.etags import IfMatch
from app.web.paging import Page, PageRequest

ANY_VERSION = IfMatch()


class SessionNotFound(NotFound):
    """No such session, or somebody else's."""

    title = "No such session"


class SessionService:
    """Sessions of one owner at a time. A change meant for another version raises PreconditionFailed."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._sessions = SessionRepository(session=db)
        self._reads = SessionReads(resources.reads)

    async def page(self, owner_id: UUID, ask: PageRequest) -> Page[SessionView]:
        """Return a page of the owner's sessions, the newest first. Raises BadCursor."""
        before = ask.place("sessions", tuple[UUID])
        rows = await self._reads.before(owner_id, before, ask.fetch)
        return Page(*ask.cut(rows, "sessions", lambda session: (session.id,)))

    async def get(self, owner_id: UUID, session_id: UUID) -> SessionView:
        """Return a session. Raises SessionNotFound."""
        if found := await self._reads.find(owner_id, session_id):
            return found
        raise SessionNotFound("Check the session id.", session_id=str(session_id))

    async def create(self, owner_id: UUID, wish: SessionCreate) -> SessionView:
        """Begin a renovation."""
        preferences = msgspec.json.encode(stored(wish.style_preferences))
        return await self._sessions.begin(
            owner_id, wish.title, amount_in(wish.total_budget), wish.currency, preferences
        )

    async def change(
        self, owner_id: UUID, session_id: UUID, patch: SessionPatch, if_match: IfMatch = ANY_VERSION
    ) -> SessionView:
        """Change what the patch names. Raises SessionNotFound."""
        row = await self.locked(owner_id, session_id, if_match)
        if wanted := changes(patch):
            if "total_budget" in wanted:
                wanted["total_budget"] = amount_in(wanted["total_budget"])
            if "style_preferences" in wanted:
                wanted["style_preferences"] = stored(wanted["style_preferences"])
            for name, value in wanted.items():
                setattr(row, name, value)
            row.version += 1
            await self._db.flush()
        return session_view(row)

    async def delete(self, owner_id: UUID, session_id: UUID, if_match: IfMatch = ANY_VERSION) -> None:
        """Delete a session with all that hangs from it, and end its jobs. Raises SessionNotFound."""
        await self.get(owner_id, session_id)
        await end_jobs(self._db, session_id=session_id)
        row = await self.locked(owner_id, session_id, if_match)
        await end_jobs(self._db, session_id=session_id)  # those ordered before nothing new could be
        await remove_files_of_session(self._db, owner_id, session_id)
        await self._sessions.remove(row)

    async def locked(self, owner_id: UUID, session_id: UUID, if_match: IfMatch = ANY_VERSION) -> RenovationSession:
        """Return a session's row, locked until the transaction ends. Raises SessionNotFound."""
        row = await self._sessions.locked(owner_id, session_id)
        if row is None:
            raise SessionNotFound("Check the session id.", session_id=str(session_id))
        if_match.check(row.id, row.version)
        return row


def stored(preferences: StylePreferences | None) -> dict[str, object]:
    """Return style preferences as the row keeps them: as they travel, every field present."""
    return msgspec.to_builtins(preferences or StylePreferences())
