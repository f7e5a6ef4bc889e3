"""Folders for servers, and a way to start a stack of stand-ins so that nothing of it outlives its test."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis
from tests.embedded.watch import Stack


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that other users can pass through, unlike pytest's, so that root's servers can run as nobody."""
    path = Path(tempfile.mkdtemp(prefix="embedded-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
async def once_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose servers have run before."""
    path = tmp_path_factory.mktemp("made")
    servers = (EmbeddedPostgres(path / "postgres"), EmbeddedRedis(path / "redis"))
    await asyncio.gather(*(server.start() for server in servers))
    await asyncio.gather(*(server.stop() for server in servers))
    return path


@pytest.fixture
def used_folder(folder: Path, once_made: Path) -> Path:
    """A copy of that folder, which takes a tenth of the time of making the database anew."""
    subprocess.run(["cp", "-a", f"{once_made}/.", folder], check=True)
    folder.chmod(0o711)
    return folder


@pytest.fixture
def start() -> Generator[Callable[..., Stack]]:
    stacks: list[Stack] = []

    def begin(*words: str, prefix: Sequence[str] = (sys.executable,)) -> Stack:
        stacks.append(Stack(*words, prefix=prefix))
        return stacks[-1]

    yield begin
    for stack in stacks:
        if stack.process.poll() is None:
            stack.process.terminate()  # a stack that may end in order takes along even what its children started
            try:
                stack.process.wait(15)
            except subprocess.TimeoutExpired:
                stack.process.kill()
                stack.process.wait()
