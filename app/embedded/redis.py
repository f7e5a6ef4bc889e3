"""A real Redis on loopback that keeps its data (a second at most is lost in a power cut) and asks for a password."""

import asyncio
import signal
from typing import ClassVar

from app.embedded.folder import write_private
from app.embedded.process import StartError
from app.embedded.programs import Program, find_redis
from app.embedded.server import Server

# A file, because everybody can read a command line. Nothing is evicted: what fills up are queues, not a cache.
CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
appendonly {keep}
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class EmbeddedRedis(Server):
    """`await start()` gives `redis://:secret@127.0.0.1:port/0`."""

    name = "redis"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"redis://:{self._state.password}@127.0.0.1:{self._state.port}/0"

    def _find(self) -> Program:
        return find_redis()

    def _command(self) -> list[str]:
        return [str(self._home.program.path), "redis.conf"]  # the server starts in its data folder

    def _is_ours(self, command: str) -> bool:
        return f"127.0.0.1:{self._state.port}" in command or command.endswith(" redis.conf")

    async def _prepare(self) -> None:
        state = self._state
        keep = "no" if self._for_tests else "yes"
        text = CONFIG.format(port=state.port, password=state.password, keep=keep)
        write_private(self._home.data / "redis.conf", text)

    async def _ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._state.port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self._state.password}\r\nPING\r\n".encode())
            signed_in, pong = [await asyncio.wait_for(reader.readline(), 5) for _ in range(2)]
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        if signed_in.startswith((b"-WRONGPASS", b"-ERR")):
            raise StartError(f"the server on port {self._state.port} is not ours: its password differs")
        return pong == b"+PONG\r\n"  # while it reads its data in, it says LOADING
