"""Paging through sessions while others arrive: nothing is skipped, nothing comes twice, and the table may be large."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.sessions.repository import PAGE
from app.domain.sessions.service import SessionService
from app.resources import Resources
from app.web.paging import PageRequest
from tests.factories import make_session, make_user


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 9), limit=st.integers(1, 4), arrivals=st.lists(st.integers(0, 2), max_size=5))
async def test_pages_neither_skip_nor_repeat_while_sessions_are_added(
    db: AsyncSession, resources: Resources, count: int, limit: int, arrivals: list[int]
) -> None:
    sessions = SessionService(db, resources)
    owner = await make_user(db)
    there = [(await make_session(db, owner)).id for _ in range(count)]

    seen: list[UUID] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await sessions.page(owner.id, PageRequest(limit, cursor))
        seen += [session.id for session in page.items]
        cursor = page.next_cursor
        for _ in range(arrivals.pop() if arrivals else 0):
            await make_session(db, owner)

    assert seen == there[::-1]


async def test_a_page_is_read_from_the_index_without_sorting(db: AsyncSession) -> None:
    await db.execute(text("set local enable_seqscan = off"))  # the test's table is too small to need its index

    nobody = f"'{UUID(int=1)}'::uuid"
    query = PAGE.replace("$1", nobody).replace("$2", nobody).replace("$3", "20")
    plan = "\n".join(await db.scalars(text("explain " + query)))

    assert "Index Scan Backward using ix_renovation_sessions_owner_id_id" in plan
    assert "Sort" not in plan
