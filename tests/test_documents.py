"""What the documents say is so: links lead somewhere, commands exist, and the README's examples run."""

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from app.cli import main
from tests.live import LiveServer
from tests.raw_pictures import room

PROJECT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/architecture.md", "docs/decisions.md", "deploy/runbook.md")
LINK = re.compile(r"\]\((?!https?://|#)([^)]+)\)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
UUID_LINE = re.compile(r'"jobId":"[0-9a-f-]{36}"')


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name: str) -> None:
    document = PROJECT / name

    linked = LINK.findall(document.read_text())

    assert [link for link in linked if not (document.parent / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_that_are_named_exist(name: str) -> None:
    text = (PROJECT / name).read_text()
    targets = set(re.findall(r"^([a-z]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z]+)", text)) <= targets
    assert set(re.findall(r"`renovation ([a-z]+)", text)) <= set(main.commands)


def test_the_picture_of_the_page_is_small_enough_to_wait_for() -> None:
    picture = PROJECT / "docs" / "page.png"

    assert picture.stat().st_size <= 300_000
    assert Image.open(picture).width == 1440


def test_the_readmes_examples_run(live_server: LiveServer, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("The README's examples need curl.")
        pytest.skip("No curl on the PATH: the README's examples are left out.")
    photo = io.BytesIO()
    room().save(photo, "JPEG", quality=90)
    (tmp_path / "room.jpg").write_bytes(photo.getvalue())
    script = "\n".join(BLOCK.findall((PROJECT / "README.md").read_text()))

    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "URL": live_server.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(UUID_LINE.findall(done.stdout)) == 1
    assert [line for line in said if line.startswith("render:")][-1] == "render:complete"
    assert said.count("206 100") == 1
    assert said.count("idempotency-replayed: true") == 1
    assert said.index("precondition-failed") == said.index("200") + 1
    assert '"code":"invalid"' in done.stdout
    assert "['mid-century-modern', 'art-deco']" in said
    assert Image.open(tmp_path / "after.jpg").width == 800
