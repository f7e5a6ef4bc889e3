"""Whether the embedded database already is what migrating and loading would make it.

Both steps spend seconds on imports to find nothing to do, which is most of a warm start. They are left out when the
database is at the version it had after they last ran, and neither our code nor the settings have changed since.
"""

import hashlib
from pathlib import Path

import asyncpg
import msgspec

from app.embedded.folder import read_state, write_state
from app.settings import Settings

CODE = Path(__file__).parents[1]
# What differs from start to start without meaning anything to the database.
PLACES = ("host", "port", "public_url", "log_level", "data_dir", "database_url", "database_owner_url", "redis_url")


class Preparation(msgspec.Struct, frozen=True):
    """What the steps left behind, noted beside the data so that it goes when the data goes."""

    code: str
    version: str


async def is_prepared(note: Path, settings: Settings, url: str) -> bool:
    """Whether the steps would change nothing; in doubt they are to run."""
    known = read_state(note, Preparation)
    return known is not None and known.version != "" and known == await _found(settings, url)


async def note_prepared(note: Path, settings: Settings, url: str) -> None:
    """Write down that the steps have run; a database without versions is never taken for prepared."""
    write_state(note, await _found(settings, url))


async def _found(settings: Settings, url: str) -> Preparation:
    return Preparation(_digest(settings), await _version(url))


def _digest(settings: Settings) -> str:
    digest = hashlib.sha256()
    for file in sorted(CODE.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(bytes(file.relative_to(CODE)) + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    told = {name: text for name, text in settings.as_environ().items() if name.lower() not in PLACES}
    digest.update(msgspec.json.encode(told, order="sorted"))
    return digest.hexdigest()


async def _version(url: str) -> str:
    db = await asyncpg.connect(url, ssl=False, timeout=10)
    try:
        rows = await db.fetch("SELECT version_num FROM alembic_version ORDER BY 1")
    except asyncpg.UndefinedTableError:
        return ""
    finally:
        await db.close()
    return " ".join(str(row["version_num"]) for row in rows)
