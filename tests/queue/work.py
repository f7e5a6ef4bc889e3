"""Work for child processes, which import only this."""

import os
import signal
import time
from pathlib import Path


def who() -> int:
    """Return the child's process id."""
    return os.getpid()


def leave_name_and_spin(path: str) -> None:
    """Say who works, then hold the interpreter's lock for good."""
    Path(path).write_text(str(os.getpid()))
    while True:
        sum(range(1_000_000))


def nap(seconds: float) -> float:
    """Take some time."""
    time.sleep(seconds)
    return seconds


def die() -> None:
    """End as a crash in native code ends."""
    os.kill(os.getpid(), signal.SIGSEGV)


def take(size: int) -> int:
    """Take memory and return how much."""
    return len(bytearray(size))


def complain() -> None:
    """Raise."""
    raise ValueError("not a picture")
