"""Deleting a session: what goes with it, and who is told."""

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Job, OutboxEvent, RenovationSession, Room
from app.domain.sessions.service import SessionService
from app.queue.outbox import Cancelled
from app.resources import Resources
from app.web.etags import etag_of
from tests.factories import make_asset, make_job, make_render, make_room, make_session, make_user, sign_in


async def test_everything_that_hangs_from_a_session_goes_with_it(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    room = await make_room(db, session)
    asset = await make_asset(db, room)
    await make_render(db, room)
    other = await make_room(db, await make_session(db, owner))
    headers = await sign_in(db, owner)

    answer = await client.delete(f"/api/sessions/{session.id}", headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(f"/api/sessions/{session.id}", headers=headers)).status_code == 404
    assert (await db.scalars(select(Room.id))).all() == [other.id]
    assert (await db.scalars(select(Asset.id))).all() == []
    removals = await db.scalars(select(Job.body).where(Job.kind == "upkeep.delete_files"))
    assert removals.all() == [{"keys": [], "folders": [f"assets/{asset.id}"]}]


async def test_the_jobs_of_a_session_end_with_it_and_their_workers_are_told(
    db: AsyncSession, resources: Resources
) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    running = await make_job(
        db, owner, session_id=session.id, status="running", token=4, lease_until=session.created_at
    )
    waiting = await make_job(db, owner, session_id=session.id)
    done = await make_job(db, owner, session_id=session.id, status="succeeded")
    elsewhere = await make_job(db, owner, session_id=(await make_session(db, owner)).id)

    await SessionService(db, resources).delete(owner.id, session.id)

    states = {
        job.id: (job.status, job.session_id) for job in (running, waiting, done, elsewhere) if not await db.refresh(job)
    }
    assert states == {
        running.id: ("cancelled", None),
        waiting.id: ("cancelled", None),
        done.id: ("succeeded", None),
        elsewhere.id: ("queued", elsewhere.session_id),
    }
    assert running.token == 5
    stopped = {sending.job_id for sending in db.info["outbox"] if isinstance(sending, Cancelled)}
    assert stopped == {running.id, waiting.id}
    events = (await db.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()
    assert [(event.topic, event.name, event.data["job"]["status"]) for event in events] == [
        (str(owner.id), "job:updated", "cancelled"),
        (str(owner.id), "job:updated", "cancelled"),
    ]


async def test_a_refused_deletion_ends_no_job(client: httpx.AsyncClient, db: AsyncSession) -> None:
    owner = await make_user(db)
    session = await make_session(db, owner)
    job = await make_job(db, owner, session_id=session.id)
    stranger, headers = await make_user(db), await sign_in(db, owner)

    late = await client.delete(f"/api/sessions/{session.id}", headers=headers | {"If-Match": etag_of(session.id, 9)})
    foreign = await client.delete(f"/api/sessions/{session.id}", headers=await sign_in(db, stranger))

    assert (late.status_code, foreign.status_code) == (412, 404)
    await db.refresh(job)
    assert job.status == "queued"
    assert await db.get(RenovationSession, session.id) is not None
