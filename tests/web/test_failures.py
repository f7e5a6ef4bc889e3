"""What goes wrong below a handler: each kind its own status, a bug its traceback, never a text of ours leaked."""

from collections.abc import AsyncIterator, Iterator
from typing import cast

import asyncpg
import httpx
import pytest
import redis.exceptions
import sqlalchemy.exc
import structlog
from litestar.types import HTTPReceiveMessage, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from app.web.middleware import Shell
from app.web.routes import RouteTable
from tests.web import probe


def _wrapped(cause: BaseException) -> sqlalchemy.exc.DBAPIError:
    """Return what SQLAlchemy's asyncpg dialect raises: its own error, around an adapter's, around the driver's."""
    adapter = RuntimeError("adapter")
    adapter.__cause__ = cause
    return sqlalchemy.exc.DBAPIError("SELECT secret", None, adapter)


FAILURES: dict[str, tuple[BaseException, int]] = {
    "deep": (RecursionError("maximum recursion depth exceeded"), 400),
    "unicode": (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), 400),
    "overflow": (OverflowError("int too large"), 400),
    "nul": (_wrapped(asyncpg.CharacterNotInRepertoireError("invalid byte sequence")), 400),
    "range": (_wrapped(asyncpg.NumericValueOutOfRangeError("out of range")), 400),
    "argument": (_wrapped(asyncpg.DataError("invalid input for query argument $1")), 400),
    "clash": (_wrapped(asyncpg.UniqueViolationError("duplicate key")), 409),
    "refused": (ConnectionRefusedError(111, "refused"), 503),
    "reset": (ConnectionResetError(104, "reset"), 503),
    "slow": (TimeoutError(), 503),
    "pool": (sqlalchemy.exc.TimeoutError("QueuePool limit"), 503),
    "gone": (_wrapped(asyncpg.ConnectionDoesNotExistError("closed in the middle")), 503),
    "starting": (_wrapped(asyncpg.CannotConnectNowError("starting up")), 503),
    "shutdown": (_wrapped(asyncpg.AdminShutdownError("terminating")), 503),
    "full": (_wrapped(asyncpg.TooManyConnectionsError("sorry")), 503),
    "cancelled": (_wrapped(asyncpg.QueryCanceledError("statement timeout")), 503),
    "locked": (_wrapped(asyncpg.LockNotAvailableError("lock timeout")), 503),
    "deadlock": (_wrapped(asyncpg.DeadlockDetectedError("deadlock")), 503),
    "client": (asyncpg.InternalClientError("got result for unknown protocol state"), 503),
    "closed": (asyncpg.InterfaceError("connection is closed"), 503),
    "redis": (redis.exceptions.ConnectionError("secret host"), 503),
    "redis slow": (redis.exceptions.TimeoutError("secret host"), 503),
    "sql": (_wrapped(asyncpg.PostgresSyntaxError("secret syntax")), 500),
    "bug": (KeyError("secret"), 500),
}


@pytest.fixture
async def failing(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(probe, "FAILURES", {name: error for name, (error, _) in FAILURES.items()})
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """Collect what is logged, with the request's own fields."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as entries:
        yield entries


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_failure_has_the_status_of_its_kind(
    failing: httpx.AsyncClient, logged: list[structlog.typing.EventDict], kind: str
) -> None:
    answer = await failing.get("/api/fail", params={"kind": kind})

    assert answer.status_code == FAILURES[kind][1]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert (answer.headers.get("retry-after") == "2") is (answer.status_code == 503)
    tracebacks = [entry for entry in logged if entry["log_level"] == "error"]
    assert len(tracebacks) == (1 if answer.status_code == 500 else 0)
    assert all(entry["request_id"] == answer.headers["x-request-id"] for entry in logged)
    assert [entry["event"] for entry in logged][-1] == "request"


async def test_an_answer_that_breaks_off_is_logged_once_and_never_completed(
    logged: list[structlog.typing.EventDict],
) -> None:
    sent: list[Message] = []

    async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise KeyError("bug")

    async def receive() -> HTTPReceiveMessage:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    shell = Shell(breaks_off, probe.make_settings(), RouteTable({}))
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    await shell(cast("Scope", scope), cast("Receive", receive), send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert [entry["event"] for entry in logged] == ["request.failed", "request"]


async def test_a_bug_outside_every_handler_is_500(logged: list[structlog.typing.EventDict]) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("secret")

    async with probe.client_of(Shell(fails, probe.make_settings(), RouteTable({}))) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text
    assert [entry["event"] for entry in logged] == ["request.failed", "request"]
