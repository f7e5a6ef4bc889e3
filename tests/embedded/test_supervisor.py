"""`renovation up` with stand-ins for our own processes: order, restarts, and an end without leftovers."""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from app.embedded.ports import free_port
from app.embedded.postgres import EmbeddedPostgres
from tests.embedded.watch import Stack, alive

Start = Callable[..., Stack]


def processes(folder: Path) -> dict[str, int]:
    state: dict[str, Any] = json.loads((folder / "run" / "state.json").read_text())
    return {noted["name"]: noted["pid"] for noted in state["processes"]}


def another_pid(folder: Path, name: str, old: int, within_s: float = 8.0) -> int:
    """Wait until `name` runs as another process."""
    deadline = time.monotonic() + within_s
    while (pid := processes(folder).get(name)) in (None, old):
        assert time.monotonic() < deadline, f"{name} was not started again"
        time.sleep(0.02)
    assert pid is not None
    return pid


def test_everything_comes_up_and_a_signal_ends_all_of_it(folder: Path, start: Start) -> None:
    port = free_port()
    stack = start("up", str(folder), str(port), "--real-servers")
    assert stack.line("^ready:") == f"ready: http://127.0.0.1:{port}"
    stack.wait_for("601")
    family = stack.family()
    assert set(processes(folder)) == {"postgres", "redis", "api", "heavy", "light"}

    code = stack.end(signal.SIGTERM)

    assert code == 0
    assert alive(family, within_s=0) == []
    assert any(line.startswith("database ready (") for line in stack.seen)


def test_who_dies_is_started_again_under_the_same_address(used_folder: Path, start: Start) -> None:
    stack = start("up", str(used_folder), str(free_port()), "--real-servers")
    stack.line("^ready:")
    before = processes(used_folder)
    ports = {
        name: json.loads((used_folder / name / "state.json").read_text())["port"] for name in ("postgres", "redis")
    }

    for name in ("heavy", "postgres", "redis"):
        psutil.Process(before[name]).kill()

    after = {name: another_pid(used_folder, name, before[name]) for name in ("heavy", "postgres", "redis")}
    assert all(psutil.pid_exists(pid) for pid in after.values())
    for port in ports.values():
        deadline = time.monotonic() + 5
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert ports == {name: json.loads((used_folder / name / "state.json").read_text())["port"] for name in ports}
    assert "starting it again" in stack.line("heavy was killed")
    assert stack.end(signal.SIGINT) == 0


def test_a_second_start_says_who_is_running(folder: Path, start: Start) -> None:
    port = free_port()
    stack = start("up", str(folder), str(port))
    stack.line("^ready:")

    second = start("up", str(folder), str(free_port()))

    line = second.line("already running")
    assert f"http://127.0.0.1:{port} (pid {stack.process.pid})" in line
    assert second.process.wait(5) == 1
    assert stack.end() == 0


def test_a_killed_supervisor_leaves_nothing_and_the_next_one_starts(used_folder: Path, start: Start) -> None:
    port = free_port()
    stack = start("up", str(used_folder), str(port), "--real-servers")
    stack.line("^ready:")
    # What a child starts is the child's own to look after; here it is the shell's sleep.
    stray = stack.wait_for("601")
    family = [process for process in stack.family() if process != stray]

    stack.process.kill()

    assert alive(family) == []
    stack = start("up", str(used_folder), str(port), "--real-servers")
    stack.line("^ready:")
    assert stack.end() == 0
    stray.kill()


def test_what_a_killed_supervisor_could_not_take_along_is_ended_first(folder: Path, start: Start) -> None:
    """Where children do not die with their parent, the next start knows them from the note."""
    stray = subprocess.Popen(["sleep", "603"], start_new_session=True)
    other = subprocess.Popen(["sleep", "604"], start_new_session=True)
    left = [
        {"name": "heavy", "pid": stray.pid, "command": "sleep 603"},
        {"name": "light", "pid": other.pid, "command": "python -m app.cli light"},  # the number is somebody else's now
    ]
    (folder / "run").mkdir()
    (folder / "run" / "state.json").write_text(json.dumps({"pid": 1, "url": "", "processes": left}))

    start("up", str(folder), str(free_port())).line("^ready:")

    assert stray.wait(1) == -signal.SIGKILL
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_second_signal_kills_who_does_not_listen(folder: Path, start: Start) -> None:
    stack = start("up", str(folder), str(free_port()), "--stubborn")
    stack.line("^ready:")
    stack.wait_for("602")  # the shell is deaf by then
    family = stack.family()

    stack.process.send_signal(signal.SIGINT)
    stack.line("stopping")
    time.sleep(0.3)
    assert stack.process.poll() is None
    began = time.monotonic()
    stack.end(signal.SIGINT)

    assert time.monotonic() - began < 3
    assert alive(family) == []


def test_a_signal_during_the_start_ends_it_too(used_folder: Path, start: Start) -> None:
    stack = start("up", str(used_folder), str(free_port()), "--real-servers")
    stack.line("^redis ready")
    family = stack.family()

    assert stack.end(signal.SIGTERM) == 0
    assert alive(family) == []


def test_a_taken_port_is_named_with_the_setting_that_helps(folder: Path, start: Start) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port: int = taken.getsockname()[1]

        stack = start("up", str(folder), str(port))

        assert "PORT=" in stack.line(f"port {port} is taken")
        assert stack.process.wait(5) == 1


def test_a_failing_step_ends_the_start_with_its_last_words(folder: Path, start: Start) -> None:
    stack = start("up", str(folder), str(free_port()), "--failing-step")

    stack.line(r"migrate failed \(exit 3\)")

    stack.line("the schema is broken")
    assert stack.process.wait(5) == 1


def test_a_warm_start_leaves_out_what_would_change_nothing(used_folder: Path, start: Start) -> None:
    def steps() -> list[str]:
        stack = start("up", str(used_folder), str(free_port()), "--real-servers", "--migrating")
        stack.line("^ready:")
        assert stack.end() == 0
        return [line.split()[0] for line in stack.seen if " done (" in line]

    assert steps() == ["migrate", "seed"]
    assert steps() == []

    asyncio.run(set_version(used_folder, "older"))
    assert steps() == ["migrate", "seed"]


async def set_version(folder: Path, version: str) -> None:
    postgres = EmbeddedPostgres(folder / "postgres")
    db = await asyncpg.connect(await postgres.start())
    await db.execute("UPDATE alembic_version SET version_num = $1", version)
    await db.close()
    await postgres.stop()


def test_the_keys_that_sign_are_made_once_and_kept_private(folder: Path, start: Start) -> None:
    keys: list[str] = []
    for _ in range(2):
        stack = start("up", str(folder), str(free_port()))
        stack.line("^ready:")
        environ = psutil.Process(processes(folder)["api"]).environ()
        keys.append(environ["SECRET_KEYS"])
        stack.end()

    assert keys[0] == keys[1]
    assert len(keys[0]) >= 32
    assert (folder / "secret_keys").stat().st_mode & 0o077 == 0
