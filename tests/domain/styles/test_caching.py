"""The catalogue is read once, and a write is seen by every process."""

import asyncio
from dataclasses import replace

import msgspec
from redis.asyncio import Redis
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Style
from app.db.models.styles import CATALOGUE_KEY
from app.db.seed.load import seed, write_styles
from app.db.seed.styles import load_styles
from app.domain.styles.service import StyleService
from app.lib.cache import Cache
from app.resources import Resources, open_redis
from app.web.paging import PageRequest


async def names(db: AsyncSession, resources: Resources) -> list[str]:
    """Return the names of all styles, as a client sees them."""
    answer = await StyleService(db, resources).page(PageRequest(100))
    return [item["name"] for item in msgspec.json.decode(answer.body)["items"]]


async def test_a_crowd_reads_the_database_once(db: AsyncSession, resources: Resources) -> None:
    answers = await asyncio.gather(*(names(db, resources) for _ in range(50)))

    assert all(answer == answers[0] for answer in answers)
    assert resources.cache.hits["miss"] == 1


async def test_a_second_process_takes_the_catalogue_from_redis(
    db: AsyncSession, resources: Resources, redis: Redis
) -> None:
    elsewhere = replace(resources, cache=Cache(redis))

    await names(db, resources)
    await names(db, elsewhere)
    await names(db, elsewhere)

    assert elsewhere.cache.hits == {"memory": 1, "redis": 1, "miss": 0}


async def test_loading_the_styles_again_changes_nothing(db: AsyncSession, resources: Resources) -> None:
    said = await seed(resources)

    assert said == "18 styles, 0 of them new or changed"
    assert set(await db.scalars(select(Style.version))) == {1}


async def test_loading_makes_every_process_forget_what_it_had(
    db: AsyncSession, resources: Resources, redis: Redis
) -> None:
    elsewhere = replace(resources, cache=Cache(redis))
    await db.execute(update(Style).where(Style.slug == "japandi").values(name="Old name"))
    async with elsewhere.cache.listening():
        await asyncio.sleep(0.2)  # it listens by then; what it remembered before, it would forget on its own
        assert "Old name" in await names(db, elsewhere)

        said = await seed(resources)

        for _ in range(200):
            if "Old name" not in await names(db, elsewhere):
                break
            await asyncio.sleep(0.01)
    assert said == "18 styles, 1 of them new or changed"
    assert "Old name" not in await names(db, elsewhere) + await names(db, resources)


async def test_a_style_that_is_no_longer_offered_goes(db: AsyncSession, resources: Resources) -> None:
    await write_styles(db, load_styles()[:3])
    await resources.cache.drop(CATALOGUE_KEY)

    assert await names(db, resources) == [style.name for style in load_styles()[:3]]


async def test_without_redis_styles_come_from_the_database(db: AsyncSession, resources: Resources) -> None:
    away = Cache(open_redis("redis://127.0.0.1:1"))

    assert len(await names(db, replace(resources, cache=away))) == 18
