"""Starting, watching and ending one child process; every child of this package goes through here."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

TRAMPOLINE = Path(__file__).with_name("trampoline.py")
LOG_LIMIT_BYTES = 10_000_000


class StartError(Exception):
    """Something could not be started; the message is one line for a person."""


class User(msgspec.Struct, frozen=True):
    """As whom a child runs: ourselves, or for root somebody with fewer rights."""

    how: str = "same"  # same | drop | map; trampoline.py says what they mean
    uid: int = -1
    gid: int = -1

    def __str__(self) -> str:
        return self.how if self.how == "same" else f"{self.how}:{self.uid}:{self.gid}"

    @property
    def owner(self) -> tuple[int, int]:
        """The uid and gid that own this user's files, as seen from outside a namespace."""
        return (self.uid, self.gid) if self.how == "drop" else (os.geteuid(), os.getegid())


SAME = User()


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    death_signal: signal.Signals = signal.SIGKILL,
    user: User = SAME,
    folder: Path | None = None,
) -> Process:
    """Start a child in its own session, its output appended to `log`; on Linux it gets `death_signal` if we die.

    Must be called on the main thread: the death signal follows the thread that forked, not the process.
    """
    trim(log)
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(TRAMPOLINE)),
            *(str(int(death_signal)), str(os.getpid()), str(user), str(folder or Path.cwd())),
            *argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def run(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, user: User = SAME, folder: Path | None = None
) -> int:
    """Return the exit code of a child that does one thing and ends; it never outlives this call."""
    process = await spawn(argv, env=env, log=log, user=user, folder=folder)
    try:
        return await process.wait()
    finally:
        kill_group(process.pid)
        await process.wait()


async def end(process: Process, how: signal.Signals, grace_s: float) -> None:
    """Ask a child to end, and kill its whole group when the grace is over; nothing of it is left after this."""
    with suppress(ProcessLookupError):
        process.send_signal(how)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace_s)
    kill_group(process.pid)
    await process.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of the session that `pid` led."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def command_line(pid: int) -> str:
    """What `pid` runs, words parted by spaces, or "" when there is no such process (a zombie counts as none)."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    listed = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()


async def end_stranger(pid: int, how: signal.Signals, grace_s: float) -> None:
    """End a process that an earlier run left behind; it is not our child, so it is watched by its pid."""
    for sent, patience_s in ((how, grace_s), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, sent) if sent == how else os.killpg(pid, sent)
        deadline = asyncio.get_running_loop().time() + patience_s
        while command_line(pid) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a stranger
            await asyncio.sleep(0.02)


def trim(log: Path) -> None:
    """Make the folder of a log, and set a long log aside: one older piece is kept."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for a person who wants to know why something died."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
