"""Many hands on one session at once. These tests really commit, and delete what they made."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from app.db.models import OutboxEvent, RenovationSession, Room, User
from app.domain.rooms.schemas import RoomCreate, RoomPatch
from app.domain.rooms.service import MAX_ROOMS, RoomNotFound, RoomService, TooManyRooms
from app.domain.sessions.service import SessionNotFound, SessionService
from app.lib.errors import Problem
from app.resources import Resources
from tests.factories import make_session


@pytest.fixture
async def session(open_once: Resources) -> AsyncGenerator[RenovationSession]:
    """Lend a committed session."""
    async with open_once.transaction() as db:
        session = await make_session(db)
    yield session
    async with open_once.transaction() as db:
        await db.execute(delete(User).where(User.id == session.owner_id))
        await db.execute(delete(OutboxEvent).where(OutboxEvent.topic == str(session.owner_id)))


async def add(resources: Resources, session: RenovationSession, number: int) -> UUID | Problem:
    """Add a room in a transaction of its own; return its id or the refusal."""
    try:
        async with resources.transaction() as db:
            wish = RoomCreate(name=f"Room {number}", type="other")
            return (await RoomService(db, resources).create(session.owner_id, session.id, wish)).id
    except Problem as refusal:
        return refusal


async def test_a_crowd_cannot_pass_the_limit(open_once: Resources, session: RenovationSession) -> None:
    answers = await asyncio.gather(*(add(open_once, session, number) for number in range(MAX_ROOMS + 5)))

    assert [type(answer) for answer in answers if isinstance(answer, Problem)] == [TooManyRooms] * 5
    async with open_once.sessions() as db:
        assert len((await db.scalars(select(Room.id).where(Room.session_id == session.id))).all()) == MAX_ROOMS


async def test_the_last_event_tells_of_every_change(open_once: Resources, session: RenovationSession) -> None:
    rooms = [await add(open_once, session, number) for number in range(4)]

    async def rename(room_id: UUID | Problem) -> None:
        assert isinstance(room_id, UUID)
        async with open_once.transaction() as db:
            await RoomService(db, open_once).change(session.owner_id, room_id, RoomPatch(name="Renamed"))

    await asyncio.gather(*(rename(room) for room in rooms))

    async with open_once.sessions() as db:
        events = await db.scalars(select(OutboxEvent).where(OutboxEvent.topic == str(session.owner_id)))
    renamed = [sum(room["name"] == "Renamed" for room in event.data["rooms"]) for event in events]
    assert sorted(renamed) == [0, 0, 0, 0, 1, 2, 3, 4]


async def test_deleting_a_session_under_many_hands_blocks_nobody(
    open_once: Resources, session: RenovationSession
) -> None:
    rooms = [await add(open_once, session, number) for number in range(6)]

    async def touch(room_id: UUID | Problem, number: int) -> None:
        assert isinstance(room_id, UUID)
        try:
            async with open_once.transaction() as db:
                service = RoomService(db, open_once)
                if number % 2:
                    await service.delete(session.owner_id, room_id)
                else:
                    await service.change(session.owner_id, room_id, RoomPatch(budget="5"))
        except RoomNotFound:
            pass

    async def end() -> None:
        async with open_once.transaction() as db:
            await SessionService(db, open_once).delete(session.owner_id, session.id)

    async with asyncio.timeout(10):
        touches = [touch(room, number) for number, room in enumerate(rooms * 2)]
        await asyncio.gather(*touches[:6], end(), *touches[6:])

    assert isinstance(await add(open_once, session, 7), SessionNotFound)
