"""DATA_DIR as the supervisor sees it: one holder at a time, what runs there, and the keys that sign."""

import os
import secrets
import signal
from pathlib import Path

import msgspec

from app.embedded.folder import FolderLock, Taken, read_state, write_private, write_state
from app.embedded.process import StartError, command_line, end_stranger


class Noted(msgspec.Struct, frozen=True):
    """A process that runs, and how its command line ends, by which it is known again ("": it has a note of its own)."""

    name: str
    pid: int
    command: str


class RunState(msgspec.Struct):
    """`run/state.json`: what a person or the next start needs to know about this one."""

    pid: int
    url: str
    processes: list[Noted] = []


class DataFolder:
    """Held by one supervisor, as a context manager. Raises StartError when another one holds it."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self._state = RunState(os.getpid(), url)
        self._file = path / "run" / "state.json"
        self._lock = FolderLock(path / "run" / "lock")

    def __enter__(self) -> "DataFolder":
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.take()
        except Taken as error:
            found = read_state(self._file, RunState)
            who = f": {found.url} (pid {found.pid})" if found else ""
            raise StartError(f"already running{who}; stop it first, or set DATA_DIR to another folder") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    async def end_leftovers(self) -> None:
        """End what a killed supervisor left behind; where the kernel does not do that by itself there is something."""
        left = read_state(self._file, RunState)
        for noted in left.processes if left else ():
            if noted.command and command_line(noted.pid).endswith(noted.command):
                await end_stranger(noted.pid, signal.SIGKILL, 5.0)
        write_state(self._file, self._state)

    def note(self, processes: list[Noted]) -> None:
        """Write down what runs now."""
        self._state.processes = processes
        write_state(self._file, self._state)

    def secret_keys(self) -> tuple[str, ...]:
        """The keys of this folder, made at the first start, so that a restart signs nobody out."""
        file = self.path / "secret_keys"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(48))
        return tuple(key.strip() for key in file.read_text().split(",") if key.strip())
