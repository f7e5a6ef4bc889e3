"""Telling a database that is away from a statement that is wrong."""

from collections.abc import Iterator

import asyncpg
import sqlalchemy.exc

# SQLSTATE: connection failures, shutting down or starting up, too many connections, failover.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES = ("08", "57P01", "57P02", "57P03", "53300", "25006")
_ERRORS = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlalchemy.exc.TimeoutError,  # no connection of the pool came free
)


def database_away(error: BaseException) -> bool:
    """Whether an error says that the database could not be reached, or went while it was asked."""
    for cause in _causes(error):
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str) and state:
            return state.startswith(_STATES)
        if isinstance(cause, _ERRORS):
            return True
    return False


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it wraps; SQLAlchemy keeps the driver's own error in `orig`."""
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        current = getattr(current, "orig", None) or current.__cause__
