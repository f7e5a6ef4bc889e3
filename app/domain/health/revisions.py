"""Which migrations this release knows. Alembic is loaded when this is first asked, not with the API."""

from functools import cache
from typing import NamedTuple


class Revisions(NamedTuple):
    """The newest migration, and all there are."""

    newest: str | None
    known: frozenset[str]


@cache
def revisions() -> Revisions:
    """Return the migrations of this release; blocks for a moment the first time."""
    from alembic.script import ScriptDirectory

    from app.db.migrate import config

    folder = ScriptDirectory.from_config(config())
    return Revisions(folder.get_current_head(), frozenset(script.revision for script in folder.walk_revisions()))
