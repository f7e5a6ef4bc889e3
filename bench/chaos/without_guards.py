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
TESTS = {  # by patch: the tests of which one must fail under it
    "events-told-twice": "tests/queue/test_sending.py",
    "loss-of-redis-not-noticed": "tests/queue/test_sending.py",
    "woken-once": "tests/queue/test_sending.py",
    "no-fencing": "tests/queue/test_reaper.py",
    "claim-in-any-state": "tests/queue/test_perform.py",
    "crashes-not-counted": "tests/queue/test_reaper.py",
}
PATIENCE_S = "8"
LIMIT_S = 240.0


@contextmanager
def copy_without(guard: str) -> Generator[Path]:
    """Yield the folder of a copy of the tree to which a guard's patch has been applied."""
    with tempfile.TemporaryDirectory(prefix="unguarded-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for each in COPIED:
            if (ROOT / each).is_dir():
                shutil.copytree(ROOT / each, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / each, folder / each)
        # --unsafe-paths is not needed: every patch names files below the folder.
        subprocess.run(["git", "apply", "-p1", str(PATCHES / f"{guard}.patch")], cwd=folder, check=True)
        yield folder


async def without_guards(wanted: Sequence[str], seed: int) -> bool:
    """Return whether every fault was noticed where its guard is missing; prints a line for each."""
    noticed = True
    for fault_id, guard in GUARDS.items():
        if fault_id in wanted:
            command = (
                "-m",
                "bench.chaos",
                "--short",
                "--patience",
                PATIENCE_S,
                "--seed",
                str(seed),
                "--only",
                fault_id,
            )
            noticed &= await fails_without(guard, command, fault_id, f"{fault_id}  FAIL")
    for guard, path in TESTS.items():
        command = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--durations=0", path)
        noticed &= await fails_without(guard, command, path.rpartition("/")[2], "FAILED ")
    return noticed


async def fails_without(guard: str, command: Sequence[str], name: str, sign: str) -> bool:
    """Return whether a command fails in a copy without a guard, and with the sign of a failure that was found."""
    with copy_without(guard) as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
        finally:
            if process.returncode is None:
                process.kill()
    said = [line for line in output.decode(errors="replace").splitlines() if line.startswith(sign)]
    found = process.returncode == 1 and bool(said)
    reason = said[0].partition("FAILED")[2].lstrip(": ") if said else output.decode(errors="replace")[-500:]
    print(f"{name} with {guard}: {'noticed' if found else 'NOT NOTICED'} ({reason})", flush=True)
    return found
