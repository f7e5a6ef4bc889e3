"""Loading what a new installation begins with; loading it again brings it up to date and changes nothing else."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Style
from app.db.models.styles import CATALOGUE_KEY
from app.db.seed.styles import StyleSeed, load_styles
from app.lib.ids import new_id
from app.resources import Resources

CONTENT = ("name", "description", "palette", "materials", "keywords", "rooms", "era", "origin")


async def seed(resources: Resources) -> str:
    """Load the styles, make every process forget the old ones, and return one line on what was done."""
    styles = load_styles()
    async with resources.transaction() as db:
        changed = await write_styles(db, styles)
    await resources.cache.drop(CATALOGUE_KEY)
    return f"{len(styles)} styles, {changed} of them new or changed"


async def write_styles(db: AsyncSession, styles: Sequence[StyleSeed]) -> int:
    """Make the table hold exactly these styles, new ones in this order after the others; return how many changed.

    Drop CATALOGUE_KEY from the cache after the commit.
    """
    await db.execute(delete(Style).where(Style.slug.not_in([style.slug for style in styles])))
    insertion = insert(Style).values([{"id": new_id()} | msgspec.to_builtins(style) for style in styles])
    new = insertion.excluded
    statement = insertion.on_conflict_do_update(
        index_elements=[Style.slug],
        set_={name: new[name] for name in CONTENT} | {"version": Style.version + 1, "updated_at": func.now()},
        where=tuple_(*(Style.__table__.c[name] for name in CONTENT)).is_distinct_from(
            tuple_(*(new[name] for name in CONTENT))
        ),
    )
    return len((await db.execute(statement.returning(Style.id))).all())
