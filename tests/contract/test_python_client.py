"""A Python client generated from the document compiles, type-checks with a program that uses it, and does the work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import DOCUMENT
from tests.contract.people import Person
from tests.live import LiveServer

TOOLS = Path(sys.executable).parent
WALK = Path("tests/contract/python/walk.py")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client, as clients/python.yaml says, and return the folder it can be imported from."""
    folder = tmp_path_factory.mktemp("python")
    where: list[str | Path] = ["--path", DOCUMENT, "--output-path", folder / "renovation_client"]
    how = ["--config", "clients/python.yaml", "--meta", "none", "--fail-on-warning"]
    said = run([TOOLS / "openapi-python-client", "generate", *where, *how], folder)
    assert "warning" not in said.lower()
    return folder


def run(command: list[str | Path], folder: Path) -> str:
    """Return what a command says; it finds our tools, and the client."""
    environ = os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_it_compiles(client: Path) -> None:
    assert run([sys.executable, "-W", "error", "-m", "compileall", "-q", client], client) == ""


def test_a_program_that_uses_it_type_checks(client: Path) -> None:
    (client / "walk.py").write_text(WALK.read_text())

    said = run([TOOLS / "pyright", "--pythonpath", sys.executable, client / "walk.py"], client)

    assert "0 errors, 0 warnings" in said


def test_it_takes_a_photo_to_its_picture(client: Path, live_server: LiveServer, person: Person, photo: Path) -> None:
    said = run([sys.executable, "-W", "error", WALK, live_server.url, person.api_key, photo], client)

    assert json.loads(said) == {
        "guest": "guest",
        "room": "Salon",
        "items": 1,
        "render": "ready",
        "picture": "RIFF",
        "refused": ["room-not-found", "session-not-found", "unauthenticated"],
    }
