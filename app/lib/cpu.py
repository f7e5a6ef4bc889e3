"""CPU work in child processes that can be killed: at a time limit, and when nobody waits any more.

A thread would hold the interpreter lock against heartbeats and outlive its limit; a process pool cannot end one task.
Children are forked from a small server process, so starting one costs milliseconds and inherits no sockets or threads.
"""

import asyncio
import contextlib
import multiprocessing as mp
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

T = TypeVar("T")
MEMORY_BYTES = 1280 * 1024**2  # a 50-megapixel picture with transparency needs 900 MB


class WorkTimedOut(Exception):
    """The work was killed at its time limit."""


class WorkCrashed(Exception):
    """The child process ended without an answer: out of memory, or a crash in native code."""


class _Child:
    """One child process, busy with one call at a time."""

    def __init__(self) -> None:
        context = mp.get_context("forkserver")
        self._pipe, theirs = context.Pipe()
        self._process: ForkServerProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether it can take a call; a child may die while it waits, when the machine is short of memory."""
        return self._process.is_alive()

    async def call(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        """Return what the work returns, or raise what it raises."""
        try:
            await asyncio.to_thread(self._pipe.send, (work, args))
            await _readable(self._pipe)
            ok, value = await asyncio.to_thread(self._pipe.recv)
        except (EOFError, OSError) as error:
            raise WorkCrashed("the work's process ended without an answer") from error
        if not ok:
            raise value
        return value

    def kill(self) -> None:
        self._process.kill()
        self._pipe.close()


class CpuPool:
    """Up to `size` calls at a time, each in a child of its own; children are kept for the next call."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._turn = asyncio.Semaphore(size)
        self._idle: list[_Child] = []

    async def run(self, work: Callable[..., T], *args: Any, limit_s: float = 60) -> T:
        """Return `work(*args)`, run in a child process. Raises WorkTimedOut, WorkCrashed, or what the work raises."""
        async with self._turn:
            child = self._waiting_child() or await asyncio.to_thread(_Child)
            try:
                async with asyncio.timeout(limit_s):
                    value = await child.call(work, args)
            except TimeoutError:
                child.kill()
                raise WorkTimedOut(f"killed after {limit_s:g} s") from None
            except Exception as error:
                if isinstance(error, WorkCrashed | OSError):
                    child.kill()
                else:
                    self._idle.append(child)
                raise
            except BaseException:  # cancelled: nobody waits for the answer
                child.kill()
                raise
            self._idle.append(child)
            return value

    async def warm(self, modules: tuple[str, ...]) -> None:
        """Start every child with these modules imported, so that the first calls do not wait for them."""
        await asyncio.gather(*(self.run(_import_all, modules) for _ in range(self._size)))

    async def close(self) -> None:
        """End every child."""
        while self._idle:
            self._idle.pop().kill()

    def _waiting_child(self) -> _Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            child.kill()
        return None


async def _readable(pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    number = pipe.fileno()
    loop.add_reader(number, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(number)


def _import_all(names: tuple[str, ...]) -> None:
    import importlib

    for name in names:
        importlib.import_module(name)


def _serve(pipe: Connection) -> None:
    """Answer calls until the pipe closes, which it also does when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":  # elsewhere the system refuses this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(EOFError, OSError):
        while True:
            work, args = pipe.recv()
            try:
                answer = (True, work(*args))
            except MemoryError:
                return
            except Exception as error:
                answer = (False, error)
            pipe.send(answer)
