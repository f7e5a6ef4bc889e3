"""A closed-loop HTTP load over keep-alive connections, cheap enough that the server is what is measured.

Run as a child process (`python -m bench.load`), so that it has an interpreter of its own; it prints its report as JSON.
"""

import asyncio
import sys
import time
from asyncio import subprocess
from typing import cast

import msgspec
import uvloop


class Target(msgspec.Struct, frozen=True):
    """What is asked, by how many at once, for how long. Requests are sent round robin."""

    host: str
    port: int
    requests: list[str]  # whole HTTP/1.1 requests
    connections: int
    seconds: float
    expected: int


class Report(msgspec.Struct, frozen=True):
    """What came of it: milliseconds are per answer, `unexpected` counts other statuses."""

    count: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    unexpected: int


async def measure(target: Target) -> Report:
    """Run a load in a process of its own and return its report."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    answer, _ = await process.communicate(msgspec.json.encode(target))
    return msgspec.json.decode(answer, type=Report)


class _Connection(asyncio.Protocol):
    """One keep-alive connection that asks again as soon as it is answered."""

    def __init__(self, target: Target, offset: int, took: list[float], done: "asyncio.Future[None]") -> None:
        self._requests = [request.encode() for request in target.requests]
        self._next = offset
        self._expected = f" {target.expected} ".encode()
        self._took = took
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0
        self.unexpected = 0
        self.ends_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not one by inheritance
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        now = time.perf_counter()
        self._took.append(now - self._sent_at)
        if self._expected not in head[:20]:
            self.unexpected += 1
        self._buffer = b""
        if now < self.ends_at:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _ask(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length: ")
    return int(head[at + 16 :].split(b"\r", 1)[0]) if at >= 0 else 0


async def _run(target: Target) -> Report:
    loop = asyncio.get_running_loop()
    took: list[float] = []
    ends_at = time.perf_counter() + target.seconds
    connections: list[_Connection] = []
    dones: list[asyncio.Future[None]] = []
    for number in range(target.connections):
        done = loop.create_future()
        connection = _Connection(target, number, took, done)
        connection.ends_at = ends_at
        await loop.create_connection(lambda made=connection: made, target.host, target.port)
        connections.append(connection)
        dones.append(done)
    await asyncio.wait(dones, timeout=target.seconds + 10)
    ordered = sorted(took) or [0.0]

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)

    unexpected = sum(connection.unexpected for connection in connections)
    return Report(len(took), round(len(took) / target.seconds, 1), at(0.5), at(0.95), at(0.99), unexpected)


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(uvloop.run(_run(msgspec.json.decode(sys.stdin.buffer.read(), type=Target))))
    )
