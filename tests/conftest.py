"""What tests stand on: real PostgreSQL and Redis, and the application in the test's own event loop.

Each test is one transaction that is rolled back. What the code under test commits is a savepoint inside it.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from asyncpg import Record
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.asgi import Api, create_app
from app.db import migrate
from app.db.engine import open_engine
from app.embedded.throwaway import Addresses, throwaway_servers
from app.resources import Resources, open_resources
from app.settings import Settings
from app.vendors.mail.embedded import FolderMailer
from app.vendors.storage.local import LocalFiles
from tests.factories import SECRET_KEY
from tests.live import LiveServer, whole_product
from tests.running import running


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """Lend one PostgreSQL and one Redis for the whole run, the database migrated."""
    with throwaway_servers() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def settings(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings that point at the run's servers and at a folder of its own."""
    settings = Settings(
        app_env="test",
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        data_dir=tmp_path_factory.mktemp("data"),
        secret_keys=(SECRET_KEY,),
        public_url="http://testserver",
        limits_scale=1_000,
    )
    asyncio.run(migrate.upgrade(settings))
    return settings


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Lend everything `renovation up` starts, with embedded vendors, for the whole run."""
    folder = tmp_path_factory.mktemp("live")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != parent.parent:
            parent.chmod(parent.stat().st_mode | 0o011)  # the embedded servers of root run as somebody who must get in
    with whole_product(folder) as server:
        yield server


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """Return the engine of the in-process tests."""
    engine = open_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def open_once(settings: Settings) -> AsyncGenerator[Resources]:
    """Return what a process holds open, once for the run."""
    async with open_resources(settings) as resources:
        yield resources


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncGenerator[AsyncSession]:
    """Return a session whose every change is rolled back after the test."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        session = AsyncSession(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        yield session
        await session.close()
        await outer.rollback()


class OneConnection:
    """Plain reads on the test's own connection, so that they see what the test has not committed."""

    def __init__(self, db: AsyncSession) -> None:
        self._db = db
        self._turn = asyncio.Lock()

    async def fetch(self, query: str, *args: Any) -> Sequence[Record]:
        """Return the rows."""
        async with self._turn:
            return await (await self._driver()).fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        async with self._turn:
            return await (await self._driver()).fetchrow(query, *args)

    async def _driver(self) -> Any:
        await self._db.flush()
        return (await (await self._db.connection()).get_raw_connection()).driver_connection


@pytest.fixture
async def resources(open_once: Resources, db: AsyncSession, tmp_path: Path) -> Resources:
    """Return resources whose sessions and reads share the test's transaction, with files in the test's folder."""
    connection = await db.connection()
    sessions = async_sessionmaker(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
    return replace(
        open_once,
        sessions=sessions,
        reads=OneConnection(db),
        files=LocalFiles(tmp_path / "storage"),
        mail=FolderMailer(tmp_path / "mail", open_once.settings.mail_from),
    )


@pytest.fixture
async def api(settings: Settings, resources: Resources) -> AsyncGenerator[Api]:
    """Return the running application."""
    async with running(create_app(settings, resources)) as api:
        # Nothing is sent: a dispatcher would use the test's one connection beside the request. Tests read the outbox.
        api.app.state.resources = resources
        yield api


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[httpx.AsyncClient]:
    """Return a client that nobody is signed in with."""
    transport = httpx.ASGITransport(app=api.asgi, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


@pytest.fixture
async def redis(open_once: Resources) -> Redis:
    """Return the run's Redis."""
    return open_once.redis
