"""A workplace: the application with a worker beside it, for tests of what outlives a request."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from app.asgi import create_app
from app.db import migrate
from app.db.seed.load import seed
from app.embedded.throwaway import Addresses
from app.queue.dispatch import Dispatcher
from app.resources import open_resources
from app.settings import Settings
from tests.factories import SECRET_KEY
from tests.queue.conftest import make_database
from tests.running import running
from tests.workplace import Person, Workplace

REDIS_DATABASE = 5


@pytest.fixture(scope="session")
def place_settings(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings that point at a database, a Redis number and a folder nobody else uses."""
    settings = Settings(
        app_env="test",
        database_url=asyncio.run(make_database(servers.database_url, "workplace")),
        redis_url=f"{servers.redis_url.rpartition('/')[0]}/{REDIS_DATABASE}",
        data_dir=tmp_path_factory.mktemp("workplace"),
        secret_keys=(SECRET_KEY,),
        public_url="https://renovate.example",
        limits_scale=1_000,
        db_pool_size=20,
    )
    asyncio.run(migrate.upgrade(settings))
    return settings


@pytest.fixture(scope="session")
async def open_place(place_settings: Settings) -> AsyncGenerator[Workplace]:
    """Return the one workplace of the run."""
    async with open_resources(place_settings) as resources:
        await seed(resources)
        dispatcher = Dispatcher(resources)
        await dispatcher.start()
        async with running(create_app(place_settings, resources)) as api:
            yield Workplace(api, resources, dispatcher, Path(place_settings.data_dir))
        await dispatcher.stop()


@pytest.fixture
async def place(open_place: Workplace) -> Workplace:
    """Return the workplace, empty but for the styles."""
    await open_place.clear()
    return open_place


@pytest.fixture
async def person(place: Workplace) -> Person:
    """Return a registered user, signed in."""
    return await place.person()
