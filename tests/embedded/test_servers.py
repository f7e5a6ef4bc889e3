"""The embedded servers, each for real: what they keep, whom they let in, and what a crash leaves behind."""

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import NamedTuple

import asyncpg
import msgspec
import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from app.embedded import process
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.process import StartError
from app.embedded.redis import EmbeddedRedis
from app.embedded.server import State
from app.embedded.throwaway import throwaway_servers
from tests.embedded.watch import Stack, alive

IS_ROOT = os.geteuid() == 0


async def query(url: str, *statements: str) -> object:
    """Run statements, and return the first value of the last."""
    db = await asyncpg.connect(url)
    try:
        answers = [await db.fetchval(statement) for statement in statements]
        return answers[-1]
    finally:
        await db.close()


async def test_a_restart_keeps_data_password_and_port(folder: Path) -> None:
    postgres, redis = EmbeddedPostgres(folder / "postgres"), EmbeddedRedis(folder / "redis")
    first = await asyncio.gather(postgres.start(), redis.start())
    await query(first[0], "CREATE TABLE kept AS SELECT 'a wall' AS word")
    async with Redis.from_url(first[1]) as client:
        await client.set("kept", "a floor")
    await asyncio.gather(postgres.stop(), redis.stop())

    postgres, redis = EmbeddedPostgres(folder / "postgres"), EmbeddedRedis(folder / "redis")
    second = await asyncio.gather(postgres.start(), redis.start())

    try:
        assert second == first
        assert await query(second[0], "SELECT word FROM kept") == "a wall"
        async with Redis.from_url(second[1]) as client:
            assert await client.get("kept") == b"a floor"
    finally:
        await asyncio.gather(postgres.stop(), redis.stop())


async def test_what_was_committed_survives_a_kill(used_folder: Path) -> None:
    postgres, redis = EmbeddedPostgres(used_folder / "postgres"), EmbeddedRedis(used_folder / "redis")
    before = await asyncio.gather(postgres.start(), redis.start())
    await query(before[0], "CREATE TABLE kept AS SELECT 1 AS number")
    async with Redis.from_url(before[1]) as client:
        await client.set("kept", 1)

    for server in (postgres, redis):
        assert server.process is not None
        server.process.kill()
        await server.process.wait()
    after = await asyncio.gather(postgres.start(), redis.start())

    try:
        assert after == before
        assert await query(after[0], "SELECT number FROM kept") == 1
        async with Redis.from_url(after[1]) as client:
            assert await client.get("kept") == b"1"
    finally:
        await asyncio.gather(postgres.stop(), redis.stop())


class Pair(NamedTuple):
    """Both servers, running, for the tests that only look."""

    folder: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    pair = Pair(folder, EmbeddedPostgres(folder / "postgres"), EmbeddedRedis(folder / "redis"))
    await asyncio.gather(pair.postgres.start(), pair.redis.start())
    yield pair
    await asyncio.gather(pair.postgres.stop(), pair.redis.stop())


async def test_postgres_is_durable_in_utc_and_can_search_by_vector(pair: Pair) -> None:
    url = pair.postgres.url

    settings = {name: await query(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "TimeZone")}
    distance = await query(url, "CREATE EXTENSION vector", "SELECT '[1,2]'::vector <-> '[1,4]'::vector")

    assert settings == {"fsync": "on", "synchronous_commit": "on", "TimeZone": "UTC"}
    assert distance == 2


async def test_nobody_gets_in_without_the_password(pair: Pair) -> None:
    notes = [pair.folder / name / "state.json" for name in ("postgres", "redis")]
    secrets = [msgspec.json.decode(note.read_bytes(), type=State).password for note in notes]

    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(pair.postgres.url.replace(secrets[0], "guess"), "SELECT 1")
    async with Redis.from_url(pair.redis.url.replace(f":{secrets[1]}@", "")) as client:
        with pytest.raises(AuthenticationError, match="Authentication required"):
            await client.get("kept")


async def test_passwords_are_in_private_files_only(pair: Pair) -> None:
    notes = [pair.folder / name / "state.json" for name in ("postgres", "redis")]
    secrets = [msgspec.json.decode(note.read_bytes(), type=State).password for note in notes]

    servers = (pair.postgres.process, pair.redis.process)
    commands = [" ".join(psutil.Process(server.pid).cmdline()) for server in servers if server]

    assert not [secret for secret in secrets for command in commands if secret in command]
    private = [*notes, pair.folder / "redis" / "data" / "redis.conf"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600] * 3


async def test_a_folder_has_one_holder(pair: Pair) -> None:
    with pytest.raises(StartError, match="running already"):
        await EmbeddedRedis(pair.folder / "redis").start()

    assert pair.redis.process is not None
    assert pair.redis.process.returncode is None


async def test_a_wanted_port_that_is_taken_is_named(folder: Path, pair: Pair) -> None:
    port = int(pair.redis.url.rpartition(":")[2].partition("/")[0])

    with pytest.raises(StartError, match=str(port)):
        await EmbeddedPostgres(folder, port=port, for_tests=True).start()


async def test_settings_of_another_database_do_not_leak_in(used_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGSSLMODE", "require")
    postgres = EmbeddedPostgres(used_folder / "postgres", for_tests=True)

    url = await postgres.start()

    await postgres.stop()
    assert url.startswith("postgresql://app:")


async def test_a_server_that_was_left_behind_is_ended_first(folder: Path) -> None:
    """Where children do not die with their parent, the next start finds them."""
    redis = EmbeddedRedis(folder)
    url = await redis.start()
    assert redis.process is not None
    left_behind = redis.process
    note = (folder / "state.json").read_bytes()
    redis.process = None
    await redis.stop()  # forgets the lock as a kill would, and leaves the server alone

    (folder / "state.json").write_bytes(note)
    again = EmbeddedRedis(folder)
    assert await again.start() == url

    await again.stop()
    assert await asyncio.wait_for(left_behind.wait(), 1) is not None


def test_servers_die_with_whoever_started_them(used_folder: Path, start: Callable[..., Stack]) -> None:
    stack = start("servers", str(used_folder))
    first = [stack.line("://") for _ in range(2)]
    family = stack.family()
    assert len(family) >= 2

    stack.process.kill()

    assert alive(family) == []
    stack = start("servers", str(used_folder))
    assert [stack.line("://") for _ in range(2)] == first


def test_a_test_run_can_borrow_both_servers() -> None:
    with throwaway_servers() as (database_url, redis_url):
        assert asyncio.run(query(database_url, "SHOW fsync")) == "off"
        assert redis_url.startswith("redis://:")


def test_an_ordinary_user_can_run_them(folder: Path, start: Callable[..., Stack]) -> None:
    prefix = as_ordinary_user(folder)

    stack = start("servers", str(folder / "mine"), prefix=prefix)

    assert stack.line("://").startswith("postgresql://")
    assert stack.line("://").startswith("redis://")
    assert stack.end(signal.SIGKILL) == -signal.SIGKILL


def as_ordinary_user(folder: Path) -> list[str]:
    """How to start our Python as somebody who is not root, with a folder that is theirs."""
    if not IS_ROOT:
        return [sys.executable]
    nobody = pwd.getpwnam("nobody")
    for how in ("drop", "map"):  # the interpreter may lie where nobody cannot reach it
        user = f"{how}:{nobody.pw_uid}:{nobody.pw_gid}"
        trampoline = [sys.executable, "-I", "-S", str(process.TRAMPOLINE), "9", str(os.getpid()), user, os.getcwd()]
        command = [*trampoline, sys.executable]
        if subprocess.run([*command, "-c", ""], capture_output=True, check=False).returncode == 0:
            if how == "drop":
                os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            return command
    pytest.skip("no other user can run this Python here")


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
async def test_root_stays_out_of_the_way_where_nobody_cannot_go(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)
    postgres = EmbeddedPostgres(tmp_path / "postgres", for_tests=True)
    url = await postgres.start()

    try:
        assert await query(url, "SELECT 1") == 1
        assert stat.S_IMODE(os.stat(tmp_path).st_mode) == 0o700  # no door was opened for it
    finally:
        await postgres.stop()
