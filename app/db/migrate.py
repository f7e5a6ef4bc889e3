"""Migrations: up to the newest, down again, and a new one from what the tables have become.

Several processes may start at once: an advisory lock, held for the transaction, lets one migrate and the others wait.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.db.engine import open_engine
from app.settings import Settings

LOCK = 7_201_411  # any number, the same in every process


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    options = Config()
    options.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    options.set_main_option("file_template", f"{datetime.now(UTC):%Y-%m-%d}_%%(slug)s")
    options.attributes["connection"] = connection
    return options


def newest() -> str | None:
    """Return the revision this release expects."""
    return ScriptDirectory.from_config(config()).get_current_head()


async def upgrade(settings: Settings, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the database to a revision; return the one before and the one now."""
    return await _change(settings, lambda options: command.upgrade(options, revision))


async def downgrade(settings: Settings, revision: str = "base") -> tuple[str | None, str | None]:
    """Take the database back to a revision."""
    return await _change(settings, lambda options: command.downgrade(options, revision))


async def make_migration(settings: Settings, message: str) -> None:
    """Write a new migration from the difference between the tables and the database."""
    await _change(settings, lambda options: command.revision(options, message, autogenerate=True))


async def _change(settings: Settings, act: Callable[[Config], object]) -> tuple[str | None, str | None]:
    engine = open_engine(settings, url=settings.database_owner_url or settings.database_url)

    def work(connection: Connection) -> tuple[str | None, str | None]:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        act(config(connection))
        return before, MigrationContext.configure(connection).get_current_revision()

    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
