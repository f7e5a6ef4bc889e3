"""A loaded catalogue, and a cache of its own for each test."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models.styles import CATALOGUE_KEY
from app.db.seed.load import write_styles
from app.db.seed.styles import load_styles
from app.lib.cache import Cache
from app.resources import Resources


@pytest.fixture
async def resources(resources: Resources, redis: Redis, db: AsyncSession) -> AsyncGenerator[Resources]:
    """Return resources with every style loaded and nothing cached, before the test and after."""
    await write_styles(db, load_styles())
    fresh = replace(resources, cache=Cache(redis))
    await fresh.cache.drop(CATALOGUE_KEY)
    yield fresh
    await fresh.cache.drop(CATALOGUE_KEY)
