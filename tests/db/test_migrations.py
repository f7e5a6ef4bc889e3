"""Migrations: up from an empty database, down again, and nothing left between them and the tables."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import asyncpg
import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from app.db import migrate
from app.db.engine import open_engine
from app.db.models import Base
from app.settings import Settings


@dataclass
class EmptyDatabase:
    """A database of its own, with nothing in it."""

    settings: Settings

    async def tables(self) -> set[str]:
        """Return its tables."""
        connection = await asyncpg.connect(self.settings.database_url)
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        await connection.close()
        return {row["tablename"] for row in rows}


@pytest.fixture
async def empty(settings: Settings) -> AsyncGenerator[EmptyDatabase]:
    """Lend an empty database and drop it afterwards."""
    server = await asyncpg.connect(settings.database_url)
    await server.execute("create database migrations")
    url = settings.database_url.rsplit("/", 1)[0] + "/migrations"
    yield EmptyDatabase(msgspec.structs.replace(settings, database_url=url))
    await server.execute("drop database migrations with (force)")
    await server.close()


async def test_they_build_every_table_and_take_it_away_again(empty: EmptyDatabase) -> None:
    before, after = await migrate.upgrade(empty.settings)

    assert before is None
    assert after == migrate.newest()
    assert await empty.tables() == {*Base.metadata.tables, "alembic_version"}

    await migrate.downgrade(empty.settings)

    assert await empty.tables() == {"alembic_version"}


async def test_they_end_where_the_tables_are(empty: EmptyDatabase) -> None:
    await migrate.upgrade(empty.settings)
    engine = open_engine(empty.settings)

    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


async def test_running_them_again_changes_nothing(empty: EmptyDatabase) -> None:
    await migrate.upgrade(empty.settings)

    before, after = await migrate.upgrade(empty.settings)

    assert before == after
