"""Event fan-out: one user's events to 100 and 1,000 open streams of one API process."""

import asyncio
import json
import sys
import time
from asyncio import subprocess
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from app.lib.ids import new_id
from app.queue.live import Streams
from app.queue.outbox import Telling
from app.resources import open_redis
from bench.report import Table
from bench.stack import Stack

COUNTS = (100, 1_000)
PACED_PER_S = 2_000  # deliveries a second in the latency measurement
FLOOD_PER_S = 100_000  # and when as much as possible is wanted
MARK = b'"sentAt":'


async def measure_streams(stack: Stack, seconds: float) -> Table:
    """Return deliveries a second when saturated, and latency at an easy pace."""
    table = Table("Event fan-out", ["streams", "open s", "deliveries/s", "p50 ms", "p95 ms", "lost", "KB a stream"])
    for count in COUNTS:
        before_mb = stack.rss_mb("api")
        reader = await _reader(stack, count, seconds)
        assert reader.stdout is not None
        opened = json.loads(await reader.stdout.readline())
        each_kb = (stack.rss_mb("api") - before_mb) * 1024 / count
        paced = await _publish(stack, seconds, count / PACED_PER_S)
        flood = await _publish(stack, seconds, count / FLOOD_PER_S, flood=True)
        await _publish(stack, 0, 0.0, last=True)
        out, _ = await reader.communicate()
        said = json.loads(out)
        lost = (paced + flood) * count - said["count"]
        figures = f"{said['rate']:.0f}", f"{said['p50']:.1f}", f"{said['p95']:.1f}"
        table.add(count, f"{opened['seconds']:.2f}", *figures, lost, f"{each_kb:.0f}")
    return table


async def _reader(stack: Stack, count: int, seconds: float) -> subprocess.Process:
    told = json.dumps({"url": stack.url, "cookie": stack.cookie, "count": count})
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.streams", told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 20
    )


async def _publish(stack: Stack, seconds: float, pause_s: float, *, flood: bool = False, last: bool = False) -> int:
    """Publish an event every `pause_s`; return how many."""
    redis = open_redis(stack.settings.redis_url)
    streams = Streams(redis)
    ends_at = time.perf_counter() + seconds
    sent = 0
    while time.perf_counter() < ends_at or last:
        data: dict[str, Any] = {"sessionId": None, "at": "", "sentAt": time.time(), "paced": not flood, "last": last}
        await streams.append([Telling(stack.user_id, "bench:event", data, new_id())])
        sent += 1
        if last:
            break
        await asyncio.sleep(pause_s)
    await asyncio.sleep(1)
    await redis.aclose()
    return sent


class _Reader(asyncio.Protocol):
    """One stream; counts frames and notes how late each was."""

    def __init__(self, request: bytes, seen: "_Seen") -> None:
        self._request = request
        self._seen = seen
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if not self._rest and b"HTTP/1.1 200" in data:
            self._seen.opened += 1
            if self._seen.opened == self._seen.wanted:
                self._seen.all_open.set()
        self._rest += data
        *frames, self._rest = self._rest.split(b"\n\n")
        for frame in frames:
            if MARK in frame:
                self._seen.note(frame, now)


class _Seen:
    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.all_open = asyncio.Event()
        self.opened = self.count = 0
        self.late: list[float] = []
        self.flood: list[float] = []
        self.done = asyncio.Event()

    def note(self, frame: bytes, now: float) -> None:
        if b'"last":true' in frame:
            self.done.set()
            return
        self.count += 1
        if b'"paced":true' in frame:
            self.late.append(now - float(frame.split(MARK, 1)[1].split(b",", 1)[0]))
        else:
            self.flood.append(now)


async def _read(told: dict[str, Any]) -> None:
    parts = urlsplit(told["url"])
    request = f"GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {told['cookie']}\r\nAccept: text/event-stream\r\n\r\n"
    seen, loop, began = _Seen(told["count"]), asyncio.get_running_loop(), time.perf_counter()
    for _ in range(told["count"]):
        await loop.create_connection(lambda: _Reader(request.encode(), seen), parts.hostname, parts.port)
    await seen.all_open.wait()
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}) + "\n")
    sys.stdout.flush()
    await seen.done.wait()
    await asyncio.sleep(0.5)
    late = sorted(seen.late) or [0.0]
    rate = len(seen.flood) / max(1e-9, seen.flood[-1] - seen.flood[0]) if seen.flood else 0.0
    p50, p95 = (late[int((len(late) - 1) * share)] * 1000 for share in (0.5, 0.95))
    sys.stdout.write(json.dumps({"count": seen.count, "rate": rate, "p50": p50, "p95": p95}))


if __name__ == "__main__":
    uvloop.run(_read(json.loads(sys.argv[1])))
