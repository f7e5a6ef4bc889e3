"""`renovation up`: everything in one terminal, started in order, kept alive, and stopped without leftovers."""

import asyncio
import errno
import sys
import time
from collections.abc import Awaitable

import msgspec

from app.embedded.children import Child, Keeper, Kept, Running
from app.embedded.console import Interrupts, say, shown, timed
from app.embedded.data_folder import DataFolder, Noted
from app.embedded.health import ask
from app.embedded.lineup import USUAL, Lineup, environment
from app.embedded.ports import free_port, try_port
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.prepared import is_prepared, note_prepared
from app.embedded.process import StartError, last_lines, run
from app.embedded.redis import EmbeddedRedis
from app.embedded.server import Server
from app.settings import Settings

POLL_S = 0.05
REMIND_S = 20.0
POSTGRES_GRACE_S = 10.0
REDIS_GRACE_S = 5.0


async def up(settings: Settings, lineup: Lineup = USUAL) -> int:
    """Run everything until a signal ends it; return the exit code. A first Ctrl-C stops in order, a second kills."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    port = settings.port or free_port()
    settings = msgspec.structs.replace(settings, port=port, data_dir=settings.data_dir.absolute())
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    try:
        with DataFolder(settings.data_dir, url) as folder:
            return await Supervisor(settings, lineup, folder, host, url).run()
    except (StartError, OSError) as error:
        sys.stderr.write(f"renovation: {error}\n")
        return 1


class Supervisor:
    """One run: bring up, wait, take down."""

    def __init__(self, settings: Settings, lineup: Lineup, folder: DataFolder, host: str, url: str) -> None:
        self._settings = settings
        self._lineup = lineup
        self._folder = folder
        self._host = host
        self._url = url
        self._kept: list[Keeper] = []  # in the order in which they were started

    async def run(self) -> int:
        """Return 0 after a stop that was asked for. Raises StartError when something does not come up."""
        interrupts = Interrupts()
        starting = asyncio.create_task(self._bring_up())
        asked = asyncio.create_task(interrupts.first.wait())
        try:
            await asyncio.wait([starting, asked], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting  # raises what went wrong
            await asked
        finally:
            await self._take_down(starting, interrupts.second)
        return 0

    async def _bring_up(self) -> None:
        began = time.monotonic()
        await self._folder.end_leftovers()
        await check_port(self._settings)
        settings = await self._with_servers()
        await self._with_ours(settings, environment(settings))
        say(f"ready: {self._url}")
        say(f"  (after {time.monotonic() - began:.1f} s; logs in {shown(self._folder.logs)}; Ctrl-C stops)")

    async def _with_servers(self) -> Settings:
        """Start the servers that are not set to be elsewhere; return the settings with the addresses of all."""
        settings = self._settings
        if not settings.secret_keys:
            settings = msgspec.structs.replace(settings, secret_keys=self._folder.secret_keys())
        postgres = EmbeddedPostgres(self._folder.path / "postgres", grace_s=POSTGRES_GRACE_S)
        redis = EmbeddedRedis(self._folder.path / "redis", grace_s=REDIS_GRACE_S)
        wanted: list[tuple[Server, str]] = []
        if not settings.database_url:
            wanted.append((postgres, "database ready"))
        if not settings.redis_url:
            wanted.append((redis, "redis ready"))
        await together(*(self._keep(server, words) for server, words in wanted))
        if not settings.database_url:
            # Owner and user are one here; an owner set for another database would migrate that one.
            settings = msgspec.structs.replace(settings, database_url=postgres.url, database_owner_url=postgres.url)
        if not settings.redis_url:
            settings = msgspec.structs.replace(settings, redis_url=redis.url)
        return settings

    async def _with_ours(self, settings: Settings, env: dict[str, str]) -> None:
        note = self._folder.path / "postgres" / "prepared.json"
        embedded = not self._settings.database_url
        if embedded and await is_prepared(note, self._settings, settings.database_url):
            await self._start_ours(env)
            return
        for child in self._lineup.prepare:
            await self._finish(child, env)
        await together(self._start_ours(env), *(self._finish(child, env) for child in self._lineup.meanwhile))
        if embedded:
            await note_prepared(note, self._settings, settings.database_url)

    async def _finish(self, child: Child, env: dict[str, str]) -> None:
        log = self._folder.logs / f"{child.name}.log"
        with timed(f"{child.name} done"):
            if code := await run(child.argv, env={**env, **child.env}, log=log):
                raise StartError(f"{child.name} failed (exit {code}):\n{last_lines(log)}")

    async def _start_ours(self, env: dict[str, str]) -> None:
        """The API first, because imports of all at once on two cores make everybody late."""
        first, others = self._lineup.first, self._lineup.others
        with timed(f"{first.name} answers"):
            await self._keep(Running(first, env, self._folder.logs))
            while await ask(self._host, self._settings.port) is None:  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_S)
        with timed(" and ".join(child.name for child in others) + " at work"):
            await together(*(self._keep(Running(child, env, self._folder.logs)) for child in others))
            await self._all_reported()

    async def _all_reported(self) -> None:
        remind_at = time.monotonic() + REMIND_S
        while missing := await self._missing():
            if time.monotonic() > remind_at:
                say(f"still waiting for {', '.join(missing)}; logs in {shown(self._folder.logs)}")
                remind_at = time.monotonic() + REMIND_S
            await asyncio.sleep(POLL_S)

    async def _missing(self) -> list[str]:
        health = await ask(self._host, self._settings.port)
        if health is None:
            return [self._lineup.first.name]
        silent = [child.name for child in self._lineup.others if not health.workers.get(child.name)]
        return silent or ([] if health.status_code == 200 else [f"readiness ({health.status_code})"])

    async def _keep(self, kept: Kept, words: str = "") -> None:
        keeper = Keeper(kept, say, self._note)
        self._kept.append(keeper)
        if words:
            with timed(words):
                await keeper.start()
        else:
            await keeper.start()

    def _note(self) -> None:
        self._folder.note([Noted(keeper.name, keeper.pid, keeper.command) for keeper in self._kept if keeper.pid])

    async def _take_down(self, starting: asyncio.Task[None], hurry: asyncio.Event) -> None:
        """Stop workers, API, Redis, PostgreSQL, in this order; a second request kills what is left at once."""
        gentle = asyncio.create_task(self._stop_in_order(starting))
        hurried = asyncio.create_task(hurry.wait())
        await asyncio.wait([gentle, hurried], return_when=asyncio.FIRST_COMPLETED)
        if hurried.done():
            gentle.cancel()
            await asyncio.wait([gentle])
            await together(*(keeper.kill() for keeper in self._kept))
            say("killed")
        else:
            hurried.cancel()
            await gentle
            say("stopped")

    async def _stop_in_order(self, starting: asyncio.Task[None]) -> None:
        starting.cancel()
        await asyncio.wait([starting])
        others = {child.name for child in self._lineup.others}
        # A worker whose Redis is gone never ends by itself, and the API's streams read from Redis too.
        for names in (others, {self._lineup.first.name}, {"redis"}, {"postgres"}):
            await together(*(keeper.stop() for keeper in self._kept if keeper.name in names))


async def together(*steps: Awaitable[None]) -> None:
    """Do all at once; when one fails the others are cancelled, and what went wrong first is raised."""
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def check_port(settings: Settings) -> None:
    """Raises StartError when the API could not listen. What was killed just now gets a moment to let go."""
    for attempt in range(6):
        error = try_port(settings.port, settings.host)
        if error is None:
            return
        if error.errno != errno.EADDRINUSE:
            raise StartError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}")
        if attempt < 5:
            await asyncio.sleep(0.1)
    raise StartError(
        f"port {settings.port} is taken by another program; choose another one, as in PORT={settings.port + 1} make run"
    )
