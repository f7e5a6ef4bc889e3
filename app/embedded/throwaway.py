"""Both servers for as long as a test run lasts, in a folder of their own that is gone afterwards."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis


class Addresses(NamedTuple):
    database_url: str
    redis_url: str


@contextmanager
def throwaway_servers() -> Generator[Addresses]:
    """Lend a fast, forgetful PostgreSQL and Redis to synchronous code, which must not be inside a running loop.

    The servers live on between the calls of a loop of their own, so that the caller's loops stay untouched.
    """
    with (
        tempfile.TemporaryDirectory(prefix="renovation-", ignore_cleanup_errors=True) as folder,
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        Path(folder).chmod(0o711)  # for root, whose servers run as a user who has to get in
        postgres = EmbeddedPostgres(Path(folder, "postgres"), for_tests=True)
        redis = EmbeddedRedis(Path(folder, "redis"), for_tests=True)
        try:
            yield Addresses(*runner.run(both(postgres, redis)))
        finally:
            runner.run(neither(postgres, redis))


async def both(postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> tuple[str, str]:
    database_url, redis_url = await asyncio.gather(postgres.start(), redis.start())
    return database_url, redis_url


async def neither(postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> None:
    await asyncio.gather(postgres.kill(), redis.kill())


def main(*command: str) -> int:
    """Run a command with both servers in its environment: `python -m app.embedded.throwaway make-something`."""
    with throwaway_servers() as servers:
        env = {**os.environ, "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
