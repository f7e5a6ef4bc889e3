"""A database of its own, where transactions really commit: leases and outboxes are about what others can see."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text

from app.db import migrate
from app.embedded.throwaway import Addresses
from app.queue.dispatch import Dispatcher
from app.resources import Resources, open_resources
from app.settings import Settings
from tests.factories import SECRET_KEY
from tests.queue.help import Workshop

REDIS_DATABASE = 3


@pytest.fixture(scope="session")
def own_settings(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings that point at a database and a Redis number nobody else uses."""
    database_url = asyncio.run(make_database(servers.database_url, "queue_tests"))
    settings = Settings(
        app_env="test",
        database_url=database_url,
        redis_url=f"{servers.redis_url.rpartition('/')[0]}/{REDIS_DATABASE}",
        data_dir=tmp_path_factory.mktemp("queue"),
        secret_keys=(SECRET_KEY,),
        db_pool_size=40,
    )
    asyncio.run(migrate.upgrade(settings))
    return settings


async def make_database(url: str, name: str) -> str:
    """Make an empty database beside the one at `url` and return its address."""
    parts = urlsplit(url)
    db = await asyncpg.connect(url)
    try:
        await db.execute(f"CREATE DATABASE {name}")
    finally:
        await db.close()
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
async def opened(own_settings: Settings) -> AsyncGenerator[Resources]:
    """Return what a process holds open, on the tests' own database."""
    async with open_resources(own_settings) as resources:
        yield resources


@pytest.fixture
async def resources(opened: Resources, tmp_path: Path) -> AsyncGenerator[Resources]:
    """Return resources whose transactions commit; everything they wrote is gone after the test."""
    await opened.redis.flushdb()
    yield opened
    async with opened.transaction() as db:
        await db.execute(text("TRUNCATE users, jobs, outbox_events, styles CASCADE"))


@pytest.fixture
async def workshop(resources: Resources) -> AsyncGenerator[Workshop]:
    """Return a dispatcher, performers as needed, and shortcuts to put jobs in front of them."""
    dispatcher = Dispatcher(resources)
    workshop = Workshop(resources, dispatcher)
    yield workshop
    await workshop.close()
