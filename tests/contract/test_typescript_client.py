"""Types generated from the document let a strict TypeScript program do the work."""

import json
import shutil
from pathlib import Path

import pytest

from tests.contract.conftest import DOCUMENT
from tests.contract.node import installed, run_node
from tests.contract.people import Person
from tests.live import LiveServer

PROJECT = Path("tests/contract/typescript")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the program, the packages it needs, and the types made from the document."""
    folder = tmp_path_factory.mktemp("typescript")
    modules = installed(PROJECT)
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(modules)
    run_node(folder, "node_modules/openapi-typescript/bin/cli.js", DOCUMENT.resolve(), "--output", "api.ts")
    return folder


def test_it_type_checks_and_takes_a_photo_to_its_picture(
    program: Path, live_server: LiveServer, person: Person, photo: Path
) -> None:
    complaints = run_node(program, "node_modules/typescript/bin/tsc")
    said = run_node(program, "walk.js", live_server.url, person.api_key, photo)

    assert complaints == ""
    assert json.loads(said) == {
        "room": "living-room",
        "render": "ready",
        "picture": "ffd8",
        "refused": ["session-not-found", "change /title", "sign in"],
    }
