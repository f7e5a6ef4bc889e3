"""What the two embedded servers have in common: one folder, one holder, a remembered port and password."""

import asyncio
import os
import secrets
import signal
from abc import ABC, abstractmethod
from asyncio.subprocess import Process
from pathlib import Path
from typing import ClassVar

import msgspec

from app.embedded.folder import FolderLock, Taken, read_state, write_state
from app.embedded.ports import free_port, try_port
from app.embedded.process import SAME, StartError, command_line, end, end_stranger, kill_group, last_lines, spawn
from app.embedded.programs import Home, Program, settle

READY_S = 300.0  # recovery after a crash replays the write-ahead log: to give up on that would only start it over
POLL_S = 0.02


class State(msgspec.Struct):
    """Kept beside the data, readable by its owner only."""

    port: int
    password: str
    pid: int = 0


class Server(ABC):
    """One server on 127.0.0.1. `start()` again after a crash brings it back under the same address."""

    name: str
    command = ""  # how its command line ends; a server looks after its own leftovers
    stop_signal: ClassVar[signal.Signals]
    quit_signal: ClassVar[signal.Signals] = signal.SIGKILL

    def __init__(self, data_dir: Path, port: int = 0, for_tests: bool = False, grace_s: float = 10.0) -> None:
        self.log = data_dir.absolute() / f"{self.name}.log"
        self.process: Process | None = None
        self._folder = data_dir.absolute()
        self._wanted_port = port
        self._for_tests = for_tests
        self._grace_s = grace_s
        self._lock = FolderLock(self._folder / "lock")
        self._state = State(port, "")
        self._home = Home(SAME, Program(Path(), Path(), ()), Path())

    async def start(self) -> str:
        """Return the address once the server answers there. Raises StartError with one line that says why not."""
        try:
            if not self._lock.held:
                await self._open_folder()
            await self._prepare()
            await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._wanted_port = self._state.port  # whoever has the address by now will look for us there
        return self.url

    async def stop(self) -> None:
        """End the server, however busy, and let go of the folder."""
        if self.process is not None:
            await end(self.process, self.stop_signal, self._grace_s)
        self._lock.release()

    async def kill(self) -> None:
        """End the server now; what was committed is kept all the same."""
        if self.process is not None:
            await end(self.process, self.quit_signal, 1.0)
        self._lock.release()

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _find(self) -> Program: ...

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _is_ours(self, command: str) -> bool:
        """Whether a command line, found under the remembered pid, is that of this folder's server."""

    @abstractmethod
    async def _prepare(self) -> None:
        """Do what has to be there before the program can start."""

    @abstractmethod
    async def _ready(self) -> bool:
        """Whether the server does its work."""

    async def _open_folder(self) -> None:
        program = self._find()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.take()
        except Taken as error:
            raise StartError(f"{self.name} is running already on {self._folder}") from error
        self._home = await settle(program, self._folder / "data")
        self._state = read_state(self._folder / "state.json", State) or State(0, secrets.token_urlsafe(24))
        # Only the holder of the lock gets here, so what still runs was left behind by one that was killed.
        if self._state.pid and self._is_ours(command_line(self._state.pid)):
            await end_stranger(self._state.pid, self.stop_signal, self._grace_s)
        self._state.port = self._choose_port(self._state.port)
        self._remember(0)

    async def _launch(self) -> None:
        """Start the program, more than once where the reason for its end will pass, until it answers."""
        deadline = asyncio.get_running_loop().time() + READY_S
        while asyncio.get_running_loop().time() < deadline:
            self.process = await spawn(
                self._command(),
                env=clean_environment(),
                log=self.log,
                # Ours dies as gently as it can when we are killed; the next start then has nothing to recover.
                death_signal=self.stop_signal,
                user=self._home.user,
                folder=self._home.data,
            )
            self._remember(self.process.pid)
            if await self._answers(self.process, deadline):
                return
            await self._between_attempts(self.process)
        raise StartError(f"{self.name} did not answer within {READY_S:g} s, see {self.log}")

    def _choose_port(self, known: int) -> int:
        if self._wanted_port:
            self._check_port(self._wanted_port)
            return self._wanted_port
        return known if known and try_port(known) is None else free_port()

    def _check_port(self, port: int) -> None:
        if try_port(port):
            raise StartError(f"port {port}, wanted by {self.name}, is taken by another program")

    def _remember(self, pid: int) -> None:
        self._state.pid = pid
        write_state(self._folder / "state.json", self._state)

    async def _answers(self, process: Process, deadline: float) -> bool:
        """True once the server is ready, False as soon as it has ended instead."""
        while process.returncode is None and asyncio.get_running_loop().time() < deadline:
            if await self._ready():
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def _between_attempts(self, process: Process) -> None:
        """After an early end: wait for what may pass, raise StartError for what will not."""
        kill_group(process.pid)
        await process.wait()
        self._check_port(self._state.port)
        lines = last_lines(self.log, 4)
        if not self._may_pass(lines):
            raise StartError(f"{self.name} ended at once (exit {process.returncode}):\n{lines}")
        await asyncio.sleep(0.2)

    def _may_pass(self, lines: str) -> bool:
        """Whether the reason for an early end goes away by waiting."""
        del lines
        return False


def clean_environment() -> dict[str, str]:
    """Ours without PGDATA, PGPORT and the like, which a developer may have set for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
