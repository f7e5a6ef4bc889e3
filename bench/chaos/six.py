"""Six renders under `renovation up`, every heavy worker killed in the middle: the supervisor brings them back."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from pathlib import Path

import asyncpg
import httpx
import psutil

from app.embedded.folder import read_state
from app.embedded.ports import free_port
from app.embedded.process import last_lines
from app.embedded.server import State
from bench.chaos.judge import LINES, MAILS, PICTURES, Verdict
from bench.chaos.people import Person
from bench.chaos.waiting import open_folder, until

COUNT = 6
WITHIN_S = 60.0
STANDING = "SELECT count(*) FILTER (WHERE status = 'ready') AS ready FROM renders WHERE owner_id = $1"
STARTED = "SELECT count(*) FROM renders WHERE owner_id = $1 AND status = 'generating'"
HURRY = "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE status = 'running' AND worker LIKE $1"


async def six_renders_under_up(folder: Path, *, short: bool) -> Verdict:
    """Return how it went in an installation of its own."""
    open_folder(folder)
    url = f"http://127.0.0.1:{free_port()}"
    process = await start(folder, url)
    try:
        return await six_renders(url, folder, process.pid, short=short)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 40)
        except TimeoutError:
            process.kill()


async def start(folder: Path, url: str) -> Process:
    """Start everything and wait until it says so."""
    told = {"DATA_DIR": str(folder), "PORT": url.rsplit(":", 1)[1], "LIMITS_SCALE": "1000", "APP_ENV": "test"}
    with (folder / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", "up", env={**os.environ, **told}, stdout=log, stderr=log
        )
    async with asyncio.timeout(90):
        while b"ready: " not in (folder / "up.log").read_bytes():
            if process.returncode is not None:
                raise RuntimeError(last_lines(folder / "up.log"))
            await asyncio.sleep(0.1)
    return process


async def six_renders(url: str, data_dir: Path, supervisor_pid: int, *, short: bool) -> Verdict:
    """Order six renders as a registered user, kill every heavy worker in the middle, and count what comes of it."""
    verdict = Verdict("SIX", accepted=COUNT)
    person = Person([url])
    db = await asyncpg.connect(database_url(data_dir))
    try:
        await person.register()
        room_id = await person.photographed_room()
        for _ in range(COUNT):
            await person.order_render(room_id)
        ordered = time.monotonic()
        killed = await kill_heavy(db, person, supervisor_pid, short=short)
        verdict.faults = len(killed)
        await counted(db, STANDING, person, WITHIN_S - (time.monotonic() - ordered))
        verdict.notes.append(f"all after {time.monotonic() - ordered:.1f} s")
        await judge(db, person, verdict)
        verdict.demand(await is_back(url), "no heavy worker came back")
        verdict.demand(not killed & heavy_workers(supervisor_pid), "the killed one still runs")
        verdict.took_s = time.monotonic() - ordered
    finally:
        await db.close()
        await person.close()
    return verdict


async def kill_heavy(db: asyncpg.Connection, person: Person, supervisor_pid: int, *, short: bool) -> set[int]:
    """Kill every heavy worker once it draws, and return their pids."""

    async def drawing() -> bool:
        return bool(await db.fetchval(STARTED, person.user_id))

    await until(drawing, 30, 0.02)
    killed = heavy_workers(supervisor_pid)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
        if short:
            await asyncio.sleep(0.1)
            await db.execute(HURRY, f"%:{pid}")
    return killed


async def judge(db: asyncpg.Connection, person: Person, verdict: Verdict) -> None:
    """Demand six ready renders, each with one picture, one line in the inbox and one mail."""
    verdict.done = await counted(db, STANDING, person, 0)
    verdict.lost = COUNT - verdict.done
    verdict.demand(verdict.lost == 0, f"{verdict.lost} not ready within {WITHIN_S:g} s")
    for words, query in (("pictures", PICTURES), ("lines in the inbox", LINES), ("mails", MAILS)):
        found = await counted(db, query, person, 20)
        verdict.double += max(0, found - COUNT)
        verdict.demand(found == COUNT, f"{found} {words}")


async def counted(db: asyncpg.Connection, query: str, person: Person, within_s: float) -> int:
    """Return a count once it is as large as it shall be, or when the time is over."""
    found = 0

    async def enough() -> bool:
        nonlocal found
        found = int(await db.fetchval(query, person.user_id) or 0)
        return found >= COUNT

    await until(enough, within_s)
    return found


async def is_back(url: str) -> bool:
    """Whether a heavy worker reports within a while."""
    async with httpx.AsyncClient(timeout=5) as client:

        async def reported() -> bool:
            answer = await client.get(f"{url}/health/ready", headers={"Accept": "application/json"})
            return bool(answer.json().get("workers", {}).get("heavy"))

        return await until(reported, 20)


def heavy_workers(supervisor_pid: int) -> set[int]:
    """Return the pids of the heavy workers a supervisor runs."""
    return {
        child.pid
        for child in psutil.Process(supervisor_pid).children()
        if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()[-1:] == ["heavy"]
    }


def database_url(data_dir: Path) -> str:
    """Return the address of the embedded database of a data folder."""
    state = read_state(data_dir / "postgres" / "state.json", State)
    assert state is not None
    return f"postgresql://app:{state.password}@127.0.0.1:{state.port}/renovation"
