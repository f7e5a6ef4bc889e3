"""A stack of stand-ins seen from outside: its output, its processes, and whether they are gone."""

import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[2]


class Stack:
    """A process of `stack.py`, its output, and whom it started."""

    def __init__(self, *words: str, prefix: Sequence[str] = (sys.executable,)) -> None:
        self.process = subprocess.Popen(
            [*prefix, "-m", "tests.embedded.stack", *words],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.seen: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip())

    def line(self, pattern: str, timeout_s: float = 20.0) -> str:
        """Wait for a line of output and return it."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                self.seen.append(line := self._lines.get(timeout=0.1))
            except queue.Empty:
                continue
            if re.search(pattern, line):
                return line
        raise AssertionError(f"no line like {pattern!r} in {self.seen}")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait_for(self, word: str) -> psutil.Process:
        """Return the process below us that has `word` on its command line, once there is one."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for process in self.family():
                with suppress(psutil.NoSuchProcess):
                    if word in process.cmdline():
                        return process
            time.sleep(0.02)
        raise AssertionError(f"no process with {word}")

    def end(self, how: signal.Signals = signal.SIGTERM, timeout_s: float = 20.0) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout_s)


def alive(processes: Sequence[psutil.Process], within_s: float = 1.0) -> list[str]:
    """Who still runs after a while; zombies that an init process has not collected yet do not count."""
    deadline = time.monotonic() + within_s
    while True:
        left = [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
        if not left or time.monotonic() > deadline:
            return [" ".join(process.cmdline()) for process in left]
        time.sleep(0.02)
