"""What a person in front of the terminal reads, and how they say stop."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


def say(text: str) -> None:
    """Write a line at once. A closed terminal is no reason to leave the children alone."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


@contextmanager
def timed(what: str) -> Generator[None]:
    """Say that something is done and how long it took."""
    began = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - began:.1f} s)")


def shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    return os.path.relpath(path)


class Interrupts:
    """The first and the second request to end: Ctrl-C, `kill`, a closed terminal."""

    def __init__(self) -> None:
        self.first, self.second = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup the hang-up is ignored, and stays so.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self._heard)

    def _heard(self) -> None:
        if not self.first.is_set():
            say("stopping (once more to kill)")
            self.first.set()
        else:
            self.second.set()
