"""The probe application, and a client that talks to it; `servers` lends the real PostgreSQL and Redis."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from app.embedded.throwaway import Addresses
from tests.web import probe


@pytest.fixture(scope="session")
def redis_url(servers: Addresses) -> str:
    """Return where the run's Redis is."""
    return servers.redis_url


@pytest.fixture
async def client(redis_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Talk to the probe, inside its shell, as nobody in particular."""
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()
