"""Each fault once more, in a copy of the tree that lacks what protects against it: there it must fail.

The product has no switch for any of this. A patch is applied to a temporary copy, and the copy is run.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.embedded.process import kill_group
from bench.chaos.waiting import open_folder

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_name("guards")
COPIED = ("app", "bench", "tests", "pyproject.toml")
GUARDS = {  # by fault: the patch under which it must fail
    "F01": "no-reaper",
    "F02": "crashes-not-counted",
    "F03": "no-fencing",
    "F05": "no-relay",
    "F06": "order-only-sent-after-commit",
    "F07": "answers-not-stored",
    "F08": "claim-in-any-state",
    "F09": "no-relay",
    "F10": "no-relay",
    "F12": "no-relay",
    "F15": "outage-counts-as-failure",
    "F17": "no-reaper",
}
SENDING, REAPER, PERFORM = "tests/queue/test_sending.py", "tests/queue/test_reaper.py", "tests/queue/test_perform.py"
TESTS = {  # by patch: the tests of which one must fail under it
    "events-told-twice": f"{SENDING}::test_an_event_sent_three_times_is_in_the_stream_once",
    "loss-of-redis-not-noticed": f"{SENDING}::test_when_redis_forgot_everything_all_that_waits_is_woken_at_once",
    "woken-once": f"{SENDING}::test_a_job_nobody_starts_is_woken_again_at_growing_intervals",
    "no-fencing": f"{REAPER}::test_a_worker_that_comes_back_late_changes_nothing",
    "crashes-not-counted": f"{REAPER}::test_the_third_crash_makes_a_dead_letter_that_can_be_asked_for_again",
    "claim-in-any-state": f"{PERFORM}::test_woken_again_and_again_it_takes_effect_once",
    "outage-counts-as-failure": f"{PERFORM}::test_a_database_that_is_away_costs_time_and_no_attempt",
}
PATIENCE_S = "8"
LIMIT_S = 240.0


@contextmanager
def copy_without(*guards: str) -> Generator[Path]:
    """Yield the folder of a copy of the tree that lacks guards."""
    with tempfile.TemporaryDirectory(prefix="unguarded-", ignore_cleanup_errors=True) as name:
        folder = open_folder(Path(name))
        for each in COPIED:
            if (ROOT / each).is_dir():
                shutil.copytree(ROOT / each, folder / each)  # with what is compiled already
            else:
                shutil.copy(ROOT / each, folder / each)
        for guard in guards:
            subprocess.run(["git", "apply", "-p1", str(PATCHES / f"{guard}.patch")], cwd=folder, check=True)
        yield folder


async def without_guards(wanted: Sequence[str], seed: int) -> bool:
    """Return whether every fault was noticed where its guard is missing; prints a line for each."""
    noticed = True
    for fault_id, guard in GUARDS.items():
        if fault_id in wanted:
            command = ("bench.chaos", "--short", "--patience", PATIENCE_S, "--seed", str(seed), "--only", fault_id)
            code, output = await run_without((guard,), command)
            noticed &= tell(f"{fault_id} with {guard}", code, output, f"{fault_id}  FAIL")
    for guard in TESTS:
        noticed &= await noticed_without(guard)
    return noticed


async def noticed_without(*guards: str) -> bool:
    """Return whether each test that is to notice the absence of one of the guards fails in a copy without them all."""
    if not guards:
        raise ValueError("name a guard: with none, every test there is would run")
    code, output = await run_without(guards, ("pytest", "-p", "no:cacheprovider", *(TESTS[guard] for guard in guards)))
    found = [tell(f"tests with {guard}", code, output, f"FAILED {TESTS[guard]}") for guard in guards]
    return all(found)


async def run_without(guards: Sequence[str], module: Sequence[str]) -> tuple[int, str]:
    """Return the exit code and the output of a module, run in a copy of the tree without guards."""
    with copy_without(*guards) as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *module,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "TMPDIR": str(open_folder(folder / "tmp"))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
        finally:
            kill_group(process.pid)
            await process.wait()
    return process.returncode or 0, output.decode(errors="replace")


def tell(name: str, code: int, output: str, sign: str) -> bool:
    """Print and return whether a run failed, and with the sign of what it was to find."""
    said = [line for line in output.splitlines() if line.startswith(sign)]
    found = code == 1 and bool(said)
    reason = said[0].partition("FAILED")[2].lstrip(": ") if said else output[-500:]
    print(f"{name}: {'noticed' if found else 'NOT NOTICED'} ({reason})", flush=True)
    return found


def still_applies(guard: str) -> bool:
    """Whether a patch fits the tree as it is."""
    command = ["git", "apply", "--check", "-p1", str(PATCHES / f"{guard}.patch")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0
