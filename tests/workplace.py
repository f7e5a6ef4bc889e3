"""The application and a worker in one place, on a database of their own where transactions really commit.

What a request orders, `work` does in this process, as a worker would; `told` returns what the owner's live stream was
told of it. One application serves the whole run, so that a test costs no start-up.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.asgi import Api
from app.db.models import Base, Job, LoginSession, RenovationSession, Room, User
from app.lib.clock import now
from app.queue.dispatch import Dispatcher
from app.queue.live import stream_key
from app.queue.messages import Event
from app.queue.perform import Performer
from app.resources import Resources
from app.web import csrf
from app.web.cookies import cookie_name
from app.web.limits import Limiter
from tests.factories import SECRET_KEY, make_login, make_room, make_session, make_user
from tests.factories_pictures import Upload

CHORES = ("upkeep.delete_files", "email.send")


class Marker(Event):
    """Comes out of the dispatcher after everything that went in before it."""

    name = "test:marker"


class Person:
    """A user with a signed-in client."""

    def __init__(self, user: User, client: httpx.AsyncClient) -> None:
        self.id = user.id
        self.user = user
        self.http = client

    async def get(self, path: str, expect: int = 200, **options: Any) -> Any:
        """Return the JSON a path answers with."""
        answer = await self.http.get(path, **options)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        """Post JSON and return the answer's JSON."""
        answer = await self.http.post(path, json=body, **options) if body else await self.http.post(path, **options)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def upload(self, room: Room, upload: Upload, asset_type: str = "photo", **fields: str) -> httpx.Response:
        """Send a file to a room, as a form does."""
        file = (upload.filename, upload.data, upload.declared_type)
        data = {"assetType": asset_type, **fields}
        return await self.http.post(f"/api/rooms/{room.id}/assets", files={"file": file}, data=data)


class Workplace:
    """The application, its owners, and a worker."""

    def __init__(self, api: Api, resources: Resources, dispatcher: Dispatcher, folder: Path) -> None:
        self.api = api
        self.plain = replace(resources, send=dispatcher.put)
        self.resources = self.plain
        self.dispatcher = dispatcher
        self.folder = folder
        self._limiter: Limiter = api.app.state.limiter
        self._clients: list[httpx.AsyncClient] = []

    def use(self, **ports: Any) -> None:
        """Put something else behind a port until the test's end."""
        self.resources = replace(self.resources, **ports)
        self.api.app.state.resources = self.resources

    def limit_as_in_production(self) -> None:
        """Count requests as production does, until the test's end."""
        self.api.app.state.limiter = Limiter(self.plain.settings.redis_url, 1)

    async def clear(self) -> None:
        """Forget everything a test made."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()
        await self._drained()
        async with self.plain.transaction() as db:
            for table in ("outbox_events", "idempotency_keys", "users"):
                await db.execute(text(f"DELETE FROM {table}"))
        await self.plain.redis.flushdb()
        for name in ("storage", "mail"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.resources = self.api.app.state.resources = self.plain
        if self.api.app.state.limiter is not self._limiter:
            await self.api.app.state.limiter.close()
            self.api.app.state.limiter = self._limiter
        self.api.app.state.pop("readiness", None)

    async def person(self, role: str = "user", **values: Any) -> Person:
        """Make a user and sign them in."""
        async with self.plain.transaction() as db:
            user = await make_user(db, role, **values)
            token = await make_login(db, user)
        csrf_token = csrf.issue(hashlib.sha256(token.encode()).digest(), (SECRET_KEY,))
        cookie = f"{cookie_name(self.plain.settings)}={token}"
        return Person(user, self.nobody({"Cookie": cookie, "X-CSRF-Token": csrf_token}))

    def nobody(self, headers: Mapping[str, str] | None = None, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return a client that nobody is signed in with."""
        app: Any = self.api.asgi
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 50_000))
        client = httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers, timeout=30)
        self._clients.append(client)
        return client

    async def room(self, person: Person, **values: Any) -> Room:
        """Make a room in a renovation of its own."""
        async with self.plain.transaction() as db:
            return await make_room(db, await make_session(db, person.user), **values)

    async def have(self, *rows: Base) -> None:
        """Write rows."""
        async with self.plain.transaction() as db:
            db.add_all(rows)

    async def rows(self, kind: type[Any], *where: Any) -> Sequence[Any]:
        """Return rows as they are now, oldest first."""
        async with self.plain.sessions() as db:
            return (await db.scalars(select(kind).where(*where).order_by(kind.id))).all()

    async def row(self, kind: type[Any], row_id: UUID | str) -> Any:
        """Return a row as it is now."""
        async with self.plain.sessions() as db:
            return await db.get_one(kind, UUID(str(row_id)))

    async def change(self, kind: type[Any], row_id: UUID | str, **values: Any) -> None:
        """Change a row behind everybody's back."""
        async with self.plain.transaction() as db:
            await db.execute(update(kind).where(kind.id == UUID(str(row_id))).values(**values))

    async def remove(self, *rows: RenovationSession | Room | User | LoginSession) -> None:
        """Delete rows behind everybody's back."""
        async with self.plain.transaction() as db:
            for row in rows:
                await db.execute(delete(type(row)).where(type(row).id == row.id))

    async def work(self, *kinds: str, rounds: int = 50) -> None:
        """Do every job that is due, the oldest first, until none is left; with `kinds`, only those."""
        performer = self.performer()
        for _ in range(rounds):
            due = select(Job.id).where(Job.status == "queued", Job.run_after <= func.now())
            due = due.where(Job.kind.in_(kinds)) if kinds else due
            async with self.plain.sessions() as db:
                job_id = await db.scalar(due.order_by(Job.id).limit(1))
            if job_id is None:
                return
            await performer.perform(job_id)

    async def work_through_pauses(self, *kinds: str) -> None:
        """Do every job, as if the pauses before further attempts were over."""
        for _ in range(6):
            async with self.plain.transaction() as db:
                await db.execute(update(Job).where(Job.status == "queued").values(run_after=func.now()))
            await self.work(*kinds)

    def performer(self) -> Performer:
        """Return what does jobs in a worker process."""
        return Performer(self.resources, self.dispatcher, "here")

    async def told(self, person: Person, *names: str) -> list[dict[str, Any]]:
        """Return the data of the events a person's stream was told, in order, each with its `event`; all or by name."""
        await self._drained()
        entries: Any = await self.plain.redis.xrange(stream_key(str(person.id)))
        events = [{"event": fields[b"name"].decode(), **msgspec.json.decode(fields[b"data"])} for _, fields in entries]
        return [event for event in events if not names or event["event"] in names]

    async def stored(self) -> dict[str, bytes]:
        """Return everything in the file store by its key."""
        return {file.key: await self.plain.files.get(file.key) async for file in self.plain.files.list("")}

    def db(self) -> AsyncSession:
        """Return a database session."""
        return self.plain.sessions()

    async def _drained(self) -> None:
        """Wait until everything committed so far has been sent."""
        topic = f"marker-{now().timestamp()}"
        self.dispatcher.report(topic, Marker(None))
        await self.plain.redis.xread({stream_key(topic): "0"}, block=4_000)
        await self.plain.redis.delete(stream_key(topic))
