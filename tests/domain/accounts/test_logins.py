from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Record
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Reads
from app.db.models import ApiKey, LoginSession
from app.domain.accounts.authentication import Authenticator
from app.domain.accounts.logins import Browser, LoginService
from app.lib.clock import now
from app.lib.errors import Unauthenticated
from app.queue.outbox import HangUp
from app.resources import Resources
from tests.domain.accounts.conftest import OpenBrowser, register, sign_in_as, some_email
from tests.factories import make_api_key, make_login, make_user, random_id


async def test_people_see_where_they_are_signed_in_and_end_it_from_afar(open_browser: OpenBrowser) -> None:
    email, here, there = some_email(), open_browser(), open_browser()
    await register(here, email)
    await sign_in_as(there, email)

    logins = (await here.get("/api/auth/logins")).json()["items"]

    assert [login["isCurrent"] for login in logins] == [False, True]
    assert set(logins[0]) == {"id", "isCurrent", "userAgent", "ip", "createdAt", "lastSeenAt", "expiresAt"}
    assert logins[0]["userAgent"] == "Tests/1.0"
    assert (await here.delete(f"/api/auth/logins/{logins[0]['id']}")).status_code == 204
    assert (await there.get("/api/auth/me")).status_code == 401
    assert len((await here.get("/api/auth/logins")).json()["items"]) == 1


async def test_somebody_elses_login_is_not_there(open_browser: OpenBrowser) -> None:
    here, other = open_browser(), open_browser()
    await register(here)
    await register(other)
    login_id = (await here.get("/api/auth/logins")).json()["items"][0]["id"]

    theirs = await other.delete(f"/api/auth/logins/{login_id}")
    nobodys = await other.delete(f"/api/auth/logins/{random_id()}")

    assert theirs.status_code == nobodys.status_code == 404
    assert (await here.get("/api/auth/me")).status_code == 200


@pytest.mark.parametrize(
    ("expires_in", "idle_for", "counts"),
    [
        (timedelta(days=30), timedelta(0), True),
        (timedelta(days=1), timedelta(days=13, hours=23), True),
        (timedelta(days=1), timedelta(days=14, hours=1), False),
        (timedelta(hours=-1), timedelta(0), False),
    ],
)
async def test_a_login_ends_when_it_is_old_or_long_unused(
    resources: Resources, db: AsyncSession, expires_in: timedelta, idle_for: timedelta, counts: bool
) -> None:
    user = await make_user(db, "guest")
    token = await make_login(db, user, expires_at=now() + expires_in, last_seen_at=now() - idle_for)
    authenticate = Authenticator(resources)

    if counts:
        assert (await authenticate(None, token)).user_id == user.id
    else:
        with pytest.raises(Unauthenticated):
            await authenticate(None, token)
    await authenticate.close()


async def test_being_seen_is_written_a_little_later_and_at_most_every_five_minutes(
    resources: Resources, db: AsyncSession
) -> None:
    user = await make_user(db)
    long_ago, just_now = now() - timedelta(days=2), now() - timedelta(minutes=4)
    old = await make_login(db, user, last_seen_at=long_ago)
    fresh = await make_login(db, user, last_seen_at=just_now)
    key = await make_api_key(db, user)
    authenticate = Authenticator(resources)

    for token in (old, fresh, old):
        await authenticate(None, token)
    await authenticate(key, None)
    before = set((await db.scalars(select(LoginSession.last_seen_at))).all())
    await authenticate.close()

    db.expire_all()
    after = (await db.scalars(select(LoginSession.last_seen_at).order_by(LoginSession.id))).all()
    assert before == {long_ago, just_now}
    assert after[0] > long_ago
    assert after[1] == just_now
    assert (await db.scalars(select(ApiKey.last_used_at))).one() is not None


async def test_a_role_taken_away_is_gone_with_the_next_request(resources: Resources, db: AsyncSession) -> None:
    user = await make_user(db, "admin")
    token = await make_login(db, user)
    authenticate = Authenticator(resources)
    assert (await authenticate(None, token)).role == "admin"

    user.role = "user"
    await db.flush()

    assert (await authenticate(None, token)).role == "user"


async def test_signing_in_forgets_logins_that_have_ended(open_browser: OpenBrowser, db: AsyncSession) -> None:
    email = some_email()
    user_id = UUID((await register(open_browser(), email)).json()["user"]["id"])
    ended = LoginSession(user_id=user_id, token_hash=b"x" * 32, expires_at=now() - timedelta(days=1))
    db.add(ended)
    await db.flush()

    await sign_in_as(open_browser(), email)

    assert ended.id not in (await db.scalars(select(LoginSession.id))).all()


async def test_a_bearer_that_is_bad_never_falls_back_to_the_cookie(resources: Resources, db: AsyncSession) -> None:
    token = await make_login(db, await make_user(db))

    with pytest.raises(Unauthenticated):
        await Authenticator(resources)("x", token)


class Counting:
    """Reads that are counted."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.count = 0

    async def fetch(self, query: str, *args: Any) -> Sequence[Record]:
        """Return the rows."""
        self.count += 1
        return await self._reads.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Record | None:
        """Return the first row."""
        self.count += 1
        return await self._reads.fetchrow(query, *args)


async def test_a_request_costs_one_read_and_what_is_no_token_none(resources: Resources, db: AsyncSession) -> None:
    token = await make_login(db, await make_user(db))
    counting = Counting(resources.reads)
    authenticate = Authenticator(replace(resources, reads=counting))

    await authenticate(None, token)
    for bearer, cookie in ((None, "short"), (None, "é" * 43), ("short", None), ("ra_live_" + "é" * 52, token)):
        with pytest.raises(Unauthenticated):
            await authenticate(bearer, cookie)

    assert counting.count == 1


async def test_a_login_that_ends_hangs_up_on_the_streams_it_opened(db: AsyncSession, resources: Resources) -> None:
    user = await make_user(db)
    logins = LoginService(db, resources)
    await logins.begin(user.id, Browser("127.0.0.1", "a browser"))

    await logins.end_all(user.id)

    assert HangUp(str(user.id)) in db.info["outbox"]
