"""What a process holds open, and which adapter stands behind each port.

`open_resources(settings)` serves the API, both workers, the command line and the tests alike. Heavy libraries are
imported by their adapters, and those only when their port is first used.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as aioredis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.engine import ReadPool, Reads, open_engine
from app.lib.cache import Cache
from app.lib.cpu import CpuPool
from app.settings import Settings
from app.vendors.images import ImageModel
from app.vendors.images.choice import choose_images
from app.vendors.mail import Mailer
from app.vendors.mail.choice import choose_mailer
from app.vendors.storage import Files
from app.vendors.storage.choice import choose_files

log = structlog.get_logger()
REDIS_CONNECTIONS = 32


def leave_to_relay(sendings: Sequence[Any]) -> None:
    """Send nothing: what a process without a dispatcher commits, the relay sends."""


@dataclass(frozen=True)
class Resources:
    """Everything a service may need besides its database session."""

    settings: Settings
    sessions: async_sessionmaker[AsyncSession]
    reads: Reads
    redis: "aioredis.Redis"
    cache: Cache
    files: Files
    images: ImageModel
    mail: Mailer
    cpu: CpuPool
    upload_cpu: CpuPool  # of its own, so that a queue of renders never delays an upload
    send: Callable[[Sequence[Any]], None] = field(default=leave_to_relay)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """Yield a session; commit when the block ends well, then send what it left in its outbox."""
        db = self.sessions()
        try:
            yield db
            if db.in_transaction() or db.sync_session.new or db.sync_session.dirty or db.sync_session.deleted:
                await db.commit()
                if sendings := db.info.pop("outbox", None):
                    self.send(sendings)
        finally:
            # A session nobody used holds no connection; closing it would cost a plain read a task of its own.
            if db.in_transaction():
                await asyncio.shield(db.close())


def open_redis(url: str, connections: int = REDIS_CONNECTIONS) -> "aioredis.Redis":
    """Return a client that waits for a free connection instead of opening one per command in flight."""
    pool = aioredis.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=2,
        socket_timeout=5,
        socket_connect_timeout=1,
        socket_keepalive=True,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1),
        retry_on_error=[],
    )
    return aioredis.Redis(connection_pool=pool)


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncGenerator[Resources]:
    """Yield what a process holds open, and close it in the right order."""
    async with AsyncExitStack() as stack:
        engine = open_engine(settings)
        stack.push_async_callback(engine.dispose)
        reads = ReadPool(settings)
        stack.push_async_callback(reads.close)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        cache = Cache(redis)
        await stack.enter_async_context(cache.listening())
        cpu, upload_cpu = CpuPool(size=settings.heavy_concurrency), CpuPool(size=settings.heavy_concurrency)
        stack.push_async_callback(cpu.close)
        stack.push_async_callback(upload_cpu.close)
        images, mail = choose_images(settings, cpu.run), choose_mailer(settings)
        for adapter in (images, mail):
            if close := getattr(adapter, "aclose", None):  # the embedded ones hold nothing open
                stack.push_async_callback(close)
        yield Resources(
            settings=settings,
            sessions=async_sessionmaker(engine, expire_on_commit=False),
            reads=reads,
            redis=redis,
            cache=cache,
            files=choose_files(settings),
            images=images,
            mail=mail,
            cpu=cpu,
            upload_cpu=upload_cpu,
        )
