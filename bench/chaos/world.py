"""A whole installation whose every process can be killed, frozen and cut off by its pid."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from app.db import migrate
from app.embedded.ports import free_port
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.process import kill_group, spawn
from app.embedded.redis import EmbeddedRedis
from app.settings import Settings
from bench.chaos.errands import TABLES
from bench.chaos.proxy import CuttingProxy
from bench.chaos.waiting import AWAY, open_folder, until

AGAIN_S = 0.2
COMMIT = b"COMMIT;"
BURY = """
UPDATE jobs SET lease_until = now() - interval '1 s' WHERE status = 'running' AND NOT worker LIKE ANY($1::text[])
"""
ENQUEUE = b"\r\nenqueue\r\n"  # an argument of the script that puts a wake-up into a heavy queue
HEAVY = ("heavy-1", "heavy-2")


class Kept:
    """One process that is started again whenever it dies."""

    def __init__(self, name: str, argv: tuple[str, ...], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.process: Process | None = None
        self.killed_at: list[float] = []
        self._argv, self._env, self._log = argv, env, log
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The pid of the process that runs now, or ran last."""
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start it, and keep starting it."""
        await self._spawn()
        self._watch = asyncio.create_task(self._keep())

    async def kill(self) -> None:
        """Kill it and everything it started, at once; it comes back by itself."""
        self.killed_at.append(time.time())
        process = self.process
        if process is not None:
            kill_group(process.pid)
            await process.wait()

    def freeze(self) -> None:
        """Stop it where it stands."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    async def stop(self) -> None:
        """End it for good."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self.kill()

    async def _keep(self) -> None:
        while self.process is not None:
            await self.process.wait()
            kill_group(self.process.pid)
            await asyncio.sleep(AGAIN_S)
            await self._spawn()

    async def _spawn(self) -> None:
        self.process = await spawn(self._argv, env=self._env, log=self._log)


class World:
    """PostgreSQL, Redis, APIs behind proxies, two heavy workers, one light."""

    def __init__(self, folder: Path, apis: int) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.redis = EmbeddedRedis(folder / "redis")
        self.apis = [f"api-{number + 1}" for number in range(apis)]
        self.kept: dict[str, Kept] = {}
        self.urls: list[str] = []
        self.hurry = False  # do not wait for the leases of the killed: let them run out at once
        self.database_url = ""

    async def start(self) -> None:
        """Bring everything up."""
        self.database_url, redis_url = await asyncio.gather(self.postgres.start(), self.redis.start())
        self.commits = CuttingProxy(urlsplit(self.database_url).port or 0, COMMIT)
        self.enqueues = CuttingProxy(urlsplit(redis_url).port or 0, ENQUEUE)
        await asyncio.gather(self.commits.start(), self.enqueues.start())
        settings = self._settings(self.database_url, redis_url)
        await migrate.upgrade(settings)
        await self.execute(TABLES)
        through = self._settings(
            at_port(self.database_url, self.commits.port), at_port(redis_url, self.enqueues.port)
        ).as_environ()
        direct = settings.as_environ()
        for name in self.apis:
            port = free_port()
            self.urls.append(f"http://127.0.0.1:{port}")
            await self._keep(name, ("bench.chaos.api",), {**through, "PORT": str(port)})
        for name in HEAVY:
            await self._keep(name, ("bench.chaos.worker", "heavy"), direct)
        # The light worker relays through the proxy too: its enqueues are cut as well as the API's.
        await self._keep("light", ("bench.chaos.worker", "light"), {**direct, "REDIS_URL": through["REDIS_URL"]})
        await self.heal()

    async def stop(self) -> None:
        """Take everything down."""
        await asyncio.gather(*(kept.stop() for kept in self.kept.values()))
        await asyncio.gather(self.commits.stop(), self.enqueues.stop())
        await asyncio.gather(self.postgres.kill(), self.redis.kill())

    async def heal(self, within_s: float = 60) -> None:
        """Wait until every process is there and well."""
        async with httpx.AsyncClient(timeout=5) as client:

            async def all_well() -> bool:
                return all([await self._well(client, url) for url in self.urls])

            if not await until(all_well, within_s):
                raise TimeoutError(f"not everything is well after {within_s:g} s; logs in {self.folder / 'logs'}")

    async def kill_worker(self, name: str) -> None:
        """Kill a worker; in a hurry nobody waits for its leases, nor for the next wake-up of what it had taken."""
        await self.kept[name].kill()
        if self.hurry:
            with suppress(*AWAY):
                await self.bury_the_dead()
                await self.execute("UPDATE jobs SET wake_at = now() WHERE status = 'queued' AND run_after <= now()")

    async def bury_the_dead(self) -> None:
        """Let the leases of all workers that are no more run out now."""
        alive = [f"%:{kept.pid}" for kept in self.kept.values() if kept.alive]
        await self.execute(BURY, alive)

    async def let_leases_end(self, worker: str = "%") -> None:
        """Let the leases of a worker run out now."""
        await self.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE status = 'running' AND worker LIKE $1", worker
        )

    async def crash_database(self, down_s: float) -> None:
        """Stop PostgreSQL without a checkpoint, and start it after a while."""
        await self.postgres.kill()
        await asyncio.sleep(down_s)
        await self.postgres.start()

    async def crash_redis(self, down_s: float, *, wipe: bool) -> None:
        """Kill Redis and start it after a while, with what it had written down or without."""
        await self.redis.kill()
        if wipe:
            for kept in (self.folder / "redis").rglob("appendonly*"):
                kept.unlink()
        await asyncio.sleep(down_s)
        await self.redis.start()

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Return rows, straight from the database."""
        db = await asyncpg.connect(self.database_url, timeout=5)
        try:
            return await db.fetch(query, *args)
        finally:
            await db.close()

    async def execute(self, query: str, *args: Any) -> None:
        """Change rows, straight in the database."""
        db = await asyncpg.connect(self.database_url, timeout=5)
        try:
            await db.execute(query, *args)
        finally:
            await db.close()

    async def redis_says(self, *command: str) -> bytes:
        """Return the first line of Redis' answer to a command."""
        parts = urlsplit(self.redis.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", parts.port)
        try:
            for words in (("AUTH", parts.password or ""), command):
                line = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
                writer.write(f"*{len(words)}\r\n{line}".encode())
                answer = await reader.readline()
            return answer.strip()
        finally:
            writer.close()

    def _settings(self, database_url: str, redis_url: str) -> Settings:
        return Settings(
            app_env="test",
            database_url=database_url,
            redis_url=redis_url,
            data_dir=self.folder,
            secret_keys=("chaos" * 8,),
            limits_scale=100_000,
            heavy_concurrency=2,
            log_level="info",
        )

    async def _keep(self, name: str, module: tuple[str, ...], environ: Mapping[str, str]) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        kept = Kept(
            name, (sys.executable, "-m", *module), {**inherited, **environ}, self.folder / "logs" / f"{name}.log"
        )
        self.kept[name] = kept
        await kept.start()

    async def _well(self, client: httpx.AsyncClient, url: str) -> bool:
        try:
            answer = await client.get(f"{url}/health/ready", headers={"Accept": "application/json"})
        except httpx.TransportError:
            return False
        workers = answer.json().get("workers", {}) if answer.status_code == 200 else {}
        return workers.get("heavy", 0) >= len(HEAVY) and workers.get("light", 0) >= 1


def at_port(url: str, port: int) -> str:
    """Return an address with another port."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))


@asynccontextmanager
async def whole_world(folder: Path, apis: int = 2) -> AsyncGenerator[World]:
    """Yield an installation that is up; nothing of it outlives the block."""
    world = World(open_folder(folder), apis)
    try:
        await world.start()
        yield world
    finally:
        await world.stop()
