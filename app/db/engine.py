"""Connections to PostgreSQL: the ORM's engine, and a plain asyncpg pool for the hottest reads.

Both keep working behind PgBouncer in transaction mode when DATABASE_URL ends in `?pgbouncer=true`: prepared statements
are then neither cached nor named. Both limit a statement to 10 s and a wait for a lock to 3 s.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings import Settings

SERVER_SETTINGS = {
    "application_name": "renovation",
    "timezone": "UTC",
    "statement_timeout": "10000",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "15000",
    "jit": "off",  # every query here is short: compiling it costs more than running it
}
READ_SHARE = 2  # one half of a process's connections serves plain reads, the other the ORM


def split_pgbouncer(url: str) -> tuple[str, bool]:
    """Return the URL without its `pgbouncer` parameter, and whether that was true."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    pooled = query.pop("pgbouncer", "") in {"true", "1"}
    return urlunsplit(parts._replace(query=urlencode(query))), pooled


def open_engine(settings: Settings, *, url: str = "") -> AsyncEngine:
    """Return the ORM's engine; nothing is connected until it is used."""
    plain, pooled = split_pgbouncer(url or settings.database_url)
    _, _, rest = plain.partition("://")
    connect: dict[str, Any] = {"timeout": 5, "command_timeout": 15}
    if pooled:
        connect |= {"statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
        connect["prepared_statement_cache_size"] = 0
    else:
        connect["server_settings"] = SERVER_SETTINGS
    return create_async_engine(
        f"postgresql+asyncpg://{rest}",
        pool_size=settings.db_pool_size - settings.db_pool_size // READ_SHARE,
        max_overflow=0,
        pool_timeout=3,
        pool_recycle=600,
        hide_parameters=True,  # what people typed stays out of logs
        pool_pre_ping=False,  # a dead connection fails once, as 503; a ping would cost every request a round trip
        connect_args=connect,
    )


class Reads(Protocol):
    """Plain reads in SQL, for lists that only travel; `$1` stands for the first argument."""

    async def fetch(self, query: str, *args: Any) -> Sequence[asyncpg.Record]:
        """Return the rows."""
        ...

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row, or None."""
        ...


class _Connection(asyncpg.Connection):
    """Released without the usual reset: these connections only ever read, and leave nothing behind."""

    def get_reset_query(self) -> str:
        return ""


class ReadPool:
    """Reads over a small pool behind a fair semaphore: asyncpg's own queue lets late comers overtake."""

    def __init__(self, settings: Settings) -> None:
        self._url, self._pooled = split_pgbouncer(settings.database_url)
        self._size = max(1, settings.db_pool_size // READ_SHARE)
        self._idle_s = settings.db_pool_idle_s
        self._turn = asyncio.Semaphore(self._size)
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool | None = None

    async def fetch(self, query: str, *args: Any) -> Sequence[asyncpg.Record]:
        """Return the rows."""
        async with self._turn:
            pool = self._pool or await self._open()
            return await pool.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row, or None."""
        async with self._turn:
            pool = self._pool or await self._open()
            return await pool.fetchrow(query, *args)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                options: dict[str, Any] = {"statement_cache_size": 0} if self._pooled else {}
                if not self._pooled:
                    options["server_settings"] = SERVER_SETTINGS | {"default_transaction_read_only": "on"}
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._size,
                    max_inactive_connection_lifetime=self._idle_s,
                    connection_class=_Connection,
                    timeout=5,
                    command_timeout=15,
                    **options,
                )
            return self._pool
