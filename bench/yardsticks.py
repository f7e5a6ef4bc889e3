"""The two yardsticks: the same rows through Litestar with SQLAlchemy in one transaction, and with plain asyncpg.

Neither signs anyone in, limits, logs or counts: they are what the libraries cost, not products.
`python -m bench.yardsticks PORT` serves both on one port, under /orm and /raw.
"""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import uvicorn
from litestar import Litestar, get, post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.engine import open_engine
from app.db.models import Job, Notification, RenovationSession, Style
from app.settings import Settings

STATE: dict[str, Any] = {}
LIMIT = 20


class SessionRow(msgspec.Struct, rename="camel"):
    id: UUID
    title: str
    phase: str
    total_budget: str | None
    currency: str
    is_paid: bool
    version: int
    created_at: datetime
    updated_at: datetime


class JobRow(msgspec.Struct, rename="camel"):
    id: UUID
    kind: str
    status: str
    percent: int
    attempts: int
    max_attempts: int
    created_at: datetime
    finished_at: datetime | None


class StyleRow(msgspec.Struct, rename="camel"):
    slug: str
    name: str
    description: str
    palette: Any
    materials: list[str]
    keywords: list[str]
    rooms: list[str]
    era: str
    origin: str


class NoticeRow(msgspec.Struct, rename="camel"):
    id: UUID
    type: str
    title: str
    message: str
    link: str
    is_read: bool
    created_at: datetime


def _of(kind: type[Any], row: Any) -> Any:
    return kind(**{name: _plain(getattr(row, name)) for name in kind.__struct_fields__})


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ == "Decimal" else value


async def _orm(model: Any, kind: type[Any], owner: Any) -> list[Any]:
    sessions: async_sessionmaker[AsyncSession] = STATE["sessions"]
    async with sessions() as db, db.begin():
        query = select(model).order_by(model.id.desc()).limit(LIMIT)
        rows = await db.scalars(query if owner is None else query.where(owner == STATE["owner"]))
        return [_of(kind, row) for row in rows]


async def _raw(table: str, kind: type[Any], owner: str) -> list[Any]:
    columns = ", ".join(kind.__struct_fields__)
    where = f"where {owner} = $2" if owner else "where $2::uuid is not null"
    query = f"select {columns} from {table} {where} order by id desc limit $1"
    rows = await STATE["pool"].fetch(query, LIMIT, STATE["owner"])
    return [kind(**{name: _plain(value) for name, value in row.items()}) for row in rows]


@get("/orm/sessions")
async def orm_sessions() -> list[SessionRow]:
    return await _orm(RenovationSession, SessionRow, RenovationSession.owner_id)


@get("/raw/sessions")
async def raw_sessions() -> list[SessionRow]:
    return await _raw("renovation_sessions", SessionRow, "owner_id")


@get("/orm/jobs")
async def orm_jobs() -> list[JobRow]:
    return await _orm(Job, JobRow, Job.owner_id)


@get("/raw/jobs")
async def raw_jobs() -> list[JobRow]:
    return await _raw("jobs", JobRow, "owner_id")


@get("/orm/styles")
async def orm_styles() -> list[StyleRow]:
    return await _orm(Style, StyleRow, None)


@get("/raw/styles")
async def raw_styles() -> list[StyleRow]:
    return await _raw("styles", StyleRow, "")


@get("/orm/notifications")
async def orm_notifications() -> list[NoticeRow]:
    return await _orm(Notification, NoticeRow, Notification.user_id)


@get("/raw/notifications")
async def raw_notifications() -> list[NoticeRow]:
    return await _raw("notifications", NoticeRow, "user_id")


class NewSession(msgspec.Struct):
    title: str


@post("/orm/sessions")
async def orm_create(data: NewSession) -> SessionRow:
    sessions: async_sessionmaker[AsyncSession] = STATE["sessions"]
    async with sessions() as db, db.begin():
        row = RenovationSession(
            owner_id=STATE["owner"], title=data.title, phase="INTAKE", currency="USD", is_paid=False
        )
        db.add(row)
        await db.flush()
        return _of(SessionRow, row)


@post("/raw/sessions")
async def raw_create(data: NewSession) -> SessionRow:
    columns = ", ".join(SessionRow.__struct_fields__)
    query = f"""
        insert into renovation_sessions (id, owner_id, title, phase, currency, is_paid)
        values ($1, $2, $3, 'INTAKE', 'USD', false) returning {columns}
    """
    row = await STATE["pool"].fetchrow(query, uuid4(), STATE["owner"], data.title)
    return SessionRow(**{name: _plain(value) for name, value in row.items()})


@get("/orm/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@asynccontextmanager
async def _lifespan(_: Litestar) -> AsyncGenerator[None]:
    settings = Settings.load()
    engine = open_engine(settings)
    STATE["owner"] = UUID(os.environ["BENCH_OWNER"])
    STATE["sessions"] = async_sessionmaker(engine, expire_on_commit=False)
    STATE["pool"] = await asyncpg.create_pool(settings.database_url, min_size=10, max_size=10)
    yield
    await STATE["pool"].close()
    await engine.dispose()


HANDLERS = [
    *(orm_sessions, raw_sessions, orm_jobs, raw_jobs, orm_styles, raw_styles, orm_notifications, raw_notifications),
    *(orm_create, raw_create, health),
]

if __name__ == "__main__":
    app = Litestar(HANDLERS, lifespan=[_lifespan], openapi_config=None, logging_config=None)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, http="httptools")
