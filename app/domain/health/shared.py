"""One look for everybody who asks within a moment: the question is public, and looking writes to the disk."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """The latest value of something, looked up again after `hold_s`; whoever asks meanwhile waits for the same look."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._turn = asyncio.Lock()
        self._found: tuple[float, T] | None = None

    async def get(self, look: Callable[[], Awaitable[T]]) -> T:
        """Return the value."""
        async with self._turn:
            clock = asyncio.get_running_loop().time
            if self._found is None or clock() > self._found[0]:
                value = await look()
                self._found = (clock() + self._hold_s, value)
            return self._found[1]
