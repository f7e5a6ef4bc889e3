"""One of our own processes, and what keeps any process alive."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from app.embedded.console import shown
from app.embedded.process import end, last_lines, spawn

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
STEADY_S = 30.0  # alive that long, its next death counts as the first


class Child(msgspec.Struct, frozen=True):
    """A command that the supervisor runs; `env` comes on top of what all of them get."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = {}
    grace_s: float = 8.0


class Kept(Protocol):
    """What can be kept alive: an embedded server or one of our own processes."""

    process: Process | None

    @property
    def name(self) -> str: ...
    @property
    def command(self) -> str: ...  # how its command line ends
    @property
    def log(self) -> Path: ...
    async def start(self) -> object: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...


class Running:
    """A child as a process that can be started, and started again."""

    def __init__(self, child: Child, env: Mapping[str, str], logs: Path) -> None:
        self.name = child.name
        self.command = " ".join(child.argv)
        self.log = logs / f"{child.name}.log"
        self.process: Process | None = None
        self._child = child
        self._env = {**env, **child.env}

    async def start(self) -> None:
        # If we are killed outright it dies outright too: the next start wants its port, and a job that is cut off
        # is found by its lease and run again.
        self.process = await spawn(self._child.argv, env=self._env, log=self.log, death_signal=signal.SIGKILL)

    async def stop(self) -> None:
        if self.process is not None:
            await end(self.process, signal.SIGTERM, self._child.grace_s)

    async def kill(self) -> None:
        if self.process is not None:
            await end(self.process, signal.SIGKILL, 1.0)


class Keeper:
    """Starts a process, and starts it again whenever it dies, until told to stop."""

    def __init__(self, kept: Kept, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self._kept = kept
        self._say = say
        self._changed = changed
        self._watch: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._kept.name

    @property
    def command(self) -> str:
        return self._kept.command

    @property
    def pid(self) -> int | None:
        process = self._kept.process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Raises StartError when even the first start fails; later ones are tried for ever."""
        await self._kept.start()
        self._changed()
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def stop(self) -> None:
        await self._finish(self._kept.stop)

    async def kill(self) -> None:
        await self._finish(self._kept.kill)

    async def _finish(self, how: Callable[[], Awaitable[None]]) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        await how()
        self._changed()

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        pause_s = FIRST_PAUSE_S
        while (process := self._kept.process) is not None:
            began = clock()
            code = await process.wait()
            alive_s = clock() - began
            if alive_s >= STEADY_S:
                pause_s = FIRST_PAUSE_S
            self._say(death_notice(self._kept, code, alive_s, pause_s))
            pause_s = await self._start_again(pause_s)

    async def _start_again(self, pause_s: float) -> float:
        """Try until it runs; return how long the next pause will be."""
        while True:
            self._changed()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            try:
                await self._kept.start()
            except Exception as error:  # whatever it was, the next try may go better
                self._say(f"{self.name} could not be started again: {error}")
            else:
                self._changed()
                return pause_s


def death_notice(kept: Kept, code: int, alive_s: float, pause_s: float) -> str:
    """What a person needs to know about a death, with the last words of the dead."""
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended (exit {code})"
    head = f"{kept.name} {how} after {alive_s:.1f} s; starting it again in {pause_s:g} s"
    place = shown(kept.log)
    lines = last_lines(kept.log)
    return head if not lines else "\n".join([f"{head}; the end of {place}:", *(f"  | {x}" for x in lines.splitlines())])
