"""Telling apart what went wrong below a request: bad data, a clash, a server that is away, or a bug of ours."""

from collections.abc import Iterator

import asyncpg
import redis.exceptions
import sqlalchemy.exc

from app.lib.errors import Conflict, Invalid, Problem, TemporarilyUnavailable
from app.vendors import Unavailable as VendorUnavailable

# SQLSTATE classes and codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
_BAD_DATA = ("22", "54")  # data exceptions (NUL, out of range); program limits (a value too large for an index row)
_CLASH = ("23",)
_AWAY = ("08", "53", "57", "58", "40", "55P03", "25006", "25P03")  # also cancelled by a time limit, deadlock, failover

_GONE = (
    ConnectionError,
    TimeoutError,  # asyncpg's connect time-out is the built-in one
    sqlalchemy.exc.TimeoutError,  # no connection of the pool came free
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    VendorUnavailable,
)


def outage(error: BaseException) -> Problem | None:
    """Return the refusal a database or Redis failure amounts to, or None when it is a bug."""
    for cause in _chain(error):
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str) and state:
            return _by_state(state)
        if isinstance(cause, _GONE):
            return TemporarilyUnavailable("A part of the system is restarting. Try again in a moment.")
        if isinstance(cause, asyncpg.DataError):
            return Invalid("A value in the request cannot be stored.")
    return None


def _by_state(state: str) -> Problem | None:
    if state.startswith(_BAD_DATA):
        return Invalid("A value in the request cannot be stored.")
    if state.startswith(_CLASH):
        return Conflict("Somebody changed the same thing at the same time. Read it again, then repeat.")
    if state.startswith(_AWAY):
        return TemporarilyUnavailable("The database is busy or restarting. Try again in a moment.")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, innermost wrappers included; the driver's own error is where the state is."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo += [getattr(current, "orig", None), current.__cause__]
        if isinstance(current, BaseExceptionGroup):
            todo += current.exceptions
