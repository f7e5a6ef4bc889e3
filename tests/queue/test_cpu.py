"""CPU work in child processes: ended at its limit, when nobody waits, and when it takes too much."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest

from app.lib.cpu import MEMORY_BYTES, CpuPool, WorkCrashed, WorkTimedOut
from tests.queue.help import until
from tests.queue.work import complain, die, leave_name_and_spin, nap, take, who


@pytest.fixture
async def pool() -> AsyncGenerator[CpuPool]:
    """Return a pool of two."""
    pool = CpuPool(2)
    yield pool
    await pool.close()


def gone(path: Path) -> bool:
    """Whether the process that left its name there is over."""
    pid = int(path.read_text())
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_children_are_kept_and_no_more_work_at_once_than_there_are(pool: CpuPool) -> None:
    pids = {await pool.run(who) for _ in range(5)}
    began = time.monotonic()
    await asyncio.gather(*(pool.run(nap, 0.2) for _ in range(4)))

    assert len(pids) == 1
    assert os.getpid() not in pids
    assert 0.4 <= time.monotonic() - began < 2


async def test_the_time_limit_kills_what_spins(pool: CpuPool, tmp_path: Path) -> None:
    began = time.monotonic()

    with pytest.raises(WorkTimedOut):
        await pool.run(leave_name_and_spin, str(tmp_path / "pid"), limit_s=1.5)

    assert time.monotonic() - began < 4
    await until(lambda: gone(tmp_path / "pid"))
    assert await pool.run(nap, 0) == 0


async def test_cancelling_kills_what_nobody_waits_for(pool: CpuPool, tmp_path: Path) -> None:
    work = asyncio.create_task(pool.run(leave_name_and_spin, str(tmp_path / "pid")))
    await until((tmp_path / "pid").exists)
    await until(lambda: (tmp_path / "pid").read_text() != "")

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    await until(lambda: gone(tmp_path / "pid"), within_s=1)
    assert await pool.run(nap, 0) == 0


async def test_a_crash_is_reported_and_does_not_harm_the_next_call(pool: CpuPool) -> None:
    for _ in range(3):
        with pytest.raises(WorkCrashed):
            await pool.run(die)

    assert await pool.run(nap, 0) == 0


async def test_a_child_that_died_while_it_waited_is_replaced(pool: CpuPool) -> None:
    pid = await pool.run(who)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid))

    assert await pool.run(who) != pid


async def test_more_memory_than_allowed_ends_the_work_and_not_the_machine(pool: CpuPool) -> None:
    with pytest.raises(WorkCrashed):
        await pool.run(take, MEMORY_BYTES + 1)

    assert await pool.run(take, 1_000_000) == 1_000_000


async def test_what_the_work_raises_reaches_the_caller(pool: CpuPool) -> None:
    pid = await pool.run(who)

    with pytest.raises(ValueError, match="not a picture"):
        await pool.run(complain)

    assert await pool.run(who) == pid


async def test_while_it_works_the_loop_goes_on(pool: CpuPool) -> None:
    working = asyncio.create_task(pool.run(nap, 0.3))
    longest, last = 0.0, time.monotonic()
    while not working.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()

    assert longest < 0.25
