"""What the measurements run on: embedded servers, the API as it is served, workers, one user with things to list."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.db import migrate
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis
from app.settings import Settings

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Stack:
    """Everything started for a run."""

    settings: Settings
    environ: dict[str, str]
    processes: dict[str, asyncio.subprocess.Process]
    url: str
    cookie: str = ""
    csrf: str = ""
    user_id: str = ""

    def headers(self, **more: str) -> dict[str, str]:
        """Return the headers of the signed-in user."""
        return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, **more}

    def cpu_s(self, name: str) -> float:
        """Return the CPU seconds a process has used."""
        fields = Path(f"/proc/{self.processes[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def rss_mb(self, name: str) -> float:
        """Return the resident memory of a process."""
        status = Path(f"/proc/{self.processes[name].pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    async def start(self, name: str, *argv: str, **environ: str) -> None:
        """Start a Python process; its output goes to a file beside the data."""
        with (self.settings.data_dir / f"{name}.log").open("wb") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable, *argv, env={**os.environ, **self.environ, **environ}, stdout=log, stderr=log
            )

    async def stop(self, name: str) -> None:
        """Stop a process."""
        process = self.processes.pop(name)
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()


@asynccontextmanager
async def running_stack(folder: Path) -> AsyncGenerator[Stack]:
    """Yield databases and a serving API; durable settings, as in production."""
    postgres, redis = EmbeddedPostgres(folder / "postgres"), EmbeddedRedis(folder / "redis")
    database_url, redis_url = await asyncio.gather(postgres.start(), redis.start())
    port = "8471"
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(folder),
        "PORT": port,
        "SECRET_KEYS": "bench-key-" * 4,
        "LIMITS_SCALE": "1000000",
        "APP_ENV": "test",
    }
    stack = Stack(Settings.load(environ), environ, {}, f"http://127.0.0.1:{port}")
    try:
        await migrate.upgrade(stack.settings)
        await stack.start("seed", "-m", "app.cli", "seed")
        await stack.processes.pop("seed").wait()
        await stack.start("api", "-m", "app.cli", "api")
        await _until_serving(stack.url)
        await _sign_in(stack)
        yield stack
    finally:
        for name in list(stack.processes):
            await stack.stop(name)
        await asyncio.gather(redis.stop(), postgres.stop())


async def _until_serving(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                if (await client.get(f"{url}/health")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError("the API did not start")


async def _sign_in(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as client:
        answer = await client.post("/api/auth/guest")
        stack.cookie = answer.headers["set-cookie"].split(";")[0]
        stack.csrf = answer.json()["csrfToken"]
        stack.user_id = answer.json()["user"]["id"]
