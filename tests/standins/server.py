"""One small HTTP server under every stand-in.

It runs on a loop of its own in a thread of its own, so a test may block, another process may call, and nothing is
served by the loop under test. A test scripts what happens next: `server.next(hang(), error(503))` spends one step per
request, `server.always(error(429))` holds until `server.behave()`; without a script the vendor answers normally.
"""

import asyncio
import json as jsonlib
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Request:
    """One request as it arrived; `left` turns true when the client went away before it was answered in full."""

    method: str
    target: str  # path and query as sent, still escaped
    headers: dict[str, str]  # names in lower case
    body: bytes = b""
    at_s: float = field(default_factory=time.monotonic)
    left: bool = False
    answered: bool = False

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What goes back, and how badly: a delay before it, silence or a cut after so many bytes of its body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    delay_s: float = 0
    hang_after: int | None = None  # bytes of the body that still leave; then silence until the client goes
    cut_after: int | None = None  # bytes of the body that still leave; then the connection is reset
    silent: bool = False  # not even a status line


Vendor = Callable[[], Answer]
"""Lets the vendor do what it was asked, and returns its normal answer."""


@dataclass(frozen=True)
class Step:
    """What is sent instead of the vendor's normal answer; its name is the test's id."""

    name: str
    turn: Callable[[Vendor], Answer]

    def __str__(self) -> str:
        return self.name


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer that carries a value as JSON."""
    return Answer(status, {"content-type": "application/json", **(headers or {})}, jsonlib.dumps(value).encode())


def normal() -> Step:
    """What the vendor says when all is well: to hold a place before a later step."""
    return Step("normal", lambda vendor: vendor())


def instead(answer: Answer, name: str = "") -> Step:
    """Another answer than the vendor's own, and nothing is done."""
    return Step(name or f"{answer.status} {answer.body[:40]!r}", lambda _: answer)


def error(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Step:
    """An error with a JSON body."""
    name = f"{status} {body or ''} {dict(headers or {}) or ''}".strip()
    return instead(json_answer(body if body is not None else {}, status, headers), name)


def html(status: int = 200) -> Step:
    """A page where JSON was asked for, as proxies and captive portals send."""
    page = b"<html><body><h1>Welcome to the hotel network</h1></body></html>"
    return instead(Answer(status, {"content-type": "text/html"}, page), f"html {status}")


def garbage() -> Step:
    """Bytes that claim to be JSON."""
    return instead(Answer(200, {"content-type": "application/json"}, b'{"candidates": [\xff\x00'), "garbage")


def hang() -> Step:
    """Silence: the request is read, not acted on and never answered."""
    return Step("hang", lambda _: Answer(silent=True))


def hang_after(size: int) -> Step:
    """Silence in the middle of the body."""
    return Step(f"hang after {size}", lambda vendor: replace(vendor(), hang_after=size))


def cut_after(size: int) -> Step:
    """A reset in the middle of the body; 0 cuts after the headers."""
    return Step(f"cut after {size}", lambda vendor: replace(vendor(), cut_after=size))


def reset() -> Step:
    """A reset in place of an answer, and nothing is done."""
    return Step("reset", lambda _: Answer(silent=True, cut_after=0))


def reply_lost() -> Step:
    """The vendor does what it was asked; its answer never arrives."""
    return Step("reply lost", lambda vendor: replace(vendor(), silent=True, cut_after=0))


def slow(delay_s: float) -> Step:
    """The normal answer, late."""
    return Step(f"slow {delay_s:g}", lambda vendor: replace(vendor(), delay_s=delay_s))


class StandIn:
    """A vendor on 127.0.0.1. A subclass says how it answers; used as `with StandIn() as vendor:`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.port = 0
        self._steps: deque[Step] = deque()
        self._standing: Step | None = None
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def answer(self, request: Request) -> Answer:
        """Return what the vendor would say."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self, *steps: Step) -> None:
        """Misbehave so for the next requests, one step each."""
        self._steps.extend(steps)

    def always(self, step: Step) -> None:
        """Misbehave so for every request, until `behave`."""
        self._standing = step

    def behave(self) -> None:
        """Forget the script: answer normally again."""
        self._steps.clear()
        self._standing = None

    async def until(self, holds: Callable[[], bool], within_s: float = 5) -> None:
        """Wait until something is true of what was seen here. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 what is waited for happens in another thread
                await asyncio.sleep(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                self.requests.append(request)
                answer = self._decide(request)
                if not await _send(answer, request, reader, writer):
                    break
                request.answered = True
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    def _decide(self, request: Request) -> Answer:
        step = self._steps.popleft() if self._steps else self._standing
        return step.turn(lambda: self.answer(request)) if step else self.answer(request)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    request = Request(method, target, headers)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        request.body = await _read_chunks(reader)
    else:
        request.body = await reader.readexactly(int(headers.get("content-length", "0")))
    return request


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def _send(answer: Answer, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Send an answer. Returns whether the connection may carry another request."""
    if answer.delay_s and await _gone(reader, answer.delay_s):
        request.left = True
        return False
    if not answer.silent:
        writer.write(_head(answer, request))
        stop = min((end for end in (answer.hang_after, answer.cut_after) if end is not None), default=None)
        if request.method != "HEAD":
            writer.write(answer.body[:stop])
        await writer.drain()
    if answer.cut_after is not None:
        await asyncio.sleep(0.02)  # what was written leaves before the reset overtakes it
        writer.transport.abort()
        return False
    if answer.silent or answer.hang_after is not None:
        request.left = await _gone(reader, 600)
        return False
    return True


def _head(answer: Answer, request: Request) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    headers = {"content-length": str(len(answer.body)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _gone(reader: asyncio.StreamReader, within_s: float) -> bool:
    """Return whether the client hung up within that time."""
    try:
        async with asyncio.timeout(within_s):
            return not await reader.read(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
