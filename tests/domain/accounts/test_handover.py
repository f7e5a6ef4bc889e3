from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Base, Job, Notification, Render, RenovationSession, Room, User
from app.domain.accounts.handover import OWNER_COLUMNS, STAYS
from app.resources import Resources
from tests.domain.accounts.conftest import OpenBrowser, register, sign_in_as, some_email, start_guest
from tests.factories import make_asset, make_job, make_notification, make_render, make_room, make_session


async def test_what_a_guest_made_moves_to_the_account_they_sign_in_to(
    open_browser: OpenBrowser, db: AsyncSession
) -> None:
    email, browser = some_email(), open_browser()
    account = UUID((await register(open_browser(), email)).json()["user"]["id"])
    guest = await db.get_one(User, UUID((await start_guest(browser)).json()["user"]["id"]))
    guests_cookie = browser.cookies["session"]
    session = await make_session(db, guest)
    room = await make_room(db, session)
    await make_asset(db, room)
    await make_render(db, room)
    await make_job(db, guest)
    await make_notification(db, guest)

    await sign_in_as(browser, email)

    for table, owner in OWNER_COLUMNS:
        owners = set((await db.scalars(select(getattr(table, owner)))).all())
        assert guest.id not in owners
    for table in (RenovationSession, Room, Render, Job):
        assert account in set((await db.scalars(select(table.owner_id))).all())
    assert account in set((await db.scalars(select(Notification.user_id))).all())
    assert (await open_browser().get("/api/auth/me", headers={"Cookie": f"session={guests_cookie}"})).status_code == 401


async def test_a_session_that_moves_has_not_changed(open_browser: OpenBrowser, db: AsyncSession) -> None:
    email, browser = some_email(), open_browser()
    await register(open_browser(), email)
    guest = await db.get_one(User, UUID((await start_guest(browser)).json()["user"]["id"]))
    session = await make_session(db, guest)
    version, updated_at = session.version, session.updated_at

    await sign_in_as(browser, email)

    await db.refresh(session)
    assert (session.version, session.updated_at) == (version, updated_at)


async def test_nothing_moves_from_one_account_to_another(open_browser: OpenBrowser, db: AsyncSession) -> None:
    first, second, browser = some_email(), some_email(), open_browser()
    await register(open_browser(), second)
    owner = await db.get_one(User, UUID((await register(browser, first)).json()["user"]["id"]))
    session = await make_session(db, owner)

    await sign_in_as(browser, second)

    await db.refresh(session)
    assert session.owner_id == owner.id


async def test_every_table_that_belongs_to_somebody_moves_or_is_named_as_staying(resources: Resources) -> None:
    owned = {
        (table.name, constraint.column_keys[0])
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table.name == "users"
    }

    moving = {(table.__tablename__, owner) for table, owner in OWNER_COLUMNS}

    assert {pair for pair in owned if pair[0] not in STAYS} == moving
