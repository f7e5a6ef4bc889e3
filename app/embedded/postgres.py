"""A real PostgreSQL with pgvector, on loopback, signed into with a password that only its owner can read."""

import shutil
import signal
from contextlib import suppress
from typing import ClassVar

import asyncpg

from app.embedded.folder import write_private
from app.embedded.process import StartError, command_line, last_lines, run
from app.embedded.programs import POSTGRES_MAJOR, Program, find_postgres
from app.embedded.server import Server, clean_environment

USER = "app"
DATABASE = "renovation"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths have a limit of about 107 bytes, which a deep folder exceeds
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
# Three times as fast, and worthless after a power cut.
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(Server):
    """`await start()` gives `postgresql://app:secret@127.0.0.1:port/renovation`, at first an empty database."""

    name = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # ends connections; SIGTERM would wait for them
    quit_signal: ClassVar[signal.Signals] = signal.SIGQUIT  # SIGKILL would leave backends behind

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._state.password}@127.0.0.1:{self._state.port}/{DATABASE}"

    @property
    def _cluster(self) -> str:
        return str(self._home.data / f"cluster-{POSTGRES_MAJOR}")

    def _find(self) -> Program:
        return find_postgres()

    def _command(self) -> list[str]:
        settings = SETTINGS | {"port": str(self._state.port)} | (FOR_TESTS if self._for_tests else {})
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._home.program.path), "-D", self._cluster, *options]

    def _is_ours(self, command: str) -> bool:
        return self._cluster in command

    def _may_pass(self, lines: str) -> bool:
        # A backend that was busy when its server was killed still holds the shared memory until it notices.
        return "shared memory block" in lines

    async def _prepare(self) -> None:
        data = self._home.data
        if not (data / f"cluster-{POSTGRES_MAJOR}").exists():
            await self._make_cluster()
        self._forget_a_stranger()

    async def _make_cluster(self) -> None:
        """Make the data folder beside its place, and put it there whole, so that a crash leaves nothing half made."""
        data, user = self._home.data, self._home.user
        draft = data / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        write_private(data / "password", self._state.password)
        command = [
            *(str(self._home.program.path.with_name("initdb")), "-D", str(draft), "-U", USER),
            *("-A", "scram-sha-256", "--pwfile", str(data / "password"), "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if self._for_tests else []),
        ]
        code = await run(command, env=clean_environment(), log=self.log, user=user, folder=data)
        (data / "password").unlink()
        if code:
            raise StartError(f"the database could not be made (initdb, exit {code}):\n{last_lines(self.log, 4)}")
        draft.replace(self._cluster)

    def _forget_a_stranger(self) -> None:
        """Remove the server's own lock when the process it names is somebody else, as after a container's restart."""
        lock = self._home.data / f"cluster-{POSTGRES_MAJOR}" / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            command = command_line(int(lock.read_text().splitlines()[0]))
            if command and not self._is_ours(command):
                lock.unlink()

    async def _ready(self) -> bool:
        try:
            db = await self._connect()
            try:
                if not await db.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                    await db.execute(f"CREATE DATABASE {DATABASE}")
            finally:
                await db.close()
        except asyncpg.InvalidPasswordError as error:
            raise StartError(f"the password in {self._folder / 'state.json'} is not the database's") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self._state.port,
            user=USER,
            password=self._state.password,
            database="postgres",
            ssl=False,
            timeout=5,
        )
