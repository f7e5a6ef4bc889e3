"""Requests a second and their latencies: ours beside the two yardsticks, taken in turns in one run."""

from statistics import median
from urllib.parse import urlsplit

import httpx
import msgspec

from bench.load import Report, Target, measure
from bench.report import Table
from bench.stack import Stack

ROUNDS = 3
YARD_PORT = 8472
CONCURRENCY = (1, 32)


class Shot(msgspec.Struct, frozen=True):
    """One measured turn: the load's report and what the server spent."""

    report: Report
    cpu_ms: float


async def measure_requests(stack: Stack, seconds: float) -> Table:
    """Return the figures of every operation for ours, SQLAlchemy's and asyncpg's."""
    ids = await _furnish(stack)
    await stack.start("yard", "-m", "bench.yardsticks", str(YARD_PORT), BENCH_OWNER=stack.user_id)
    await _until(f"http://127.0.0.1:{YARD_PORT}/orm/health")
    table = Table(
        "Requests",
        ["operation", "at once", "who", "per s (min-max)", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "odd"],
    )
    for name, (method, ours, yard, body, status) in _operations(ids).items():
        for connections in CONCURRENCY:
            contenders = {"ours": ("api", _request(stack, method, ours, body), urlsplit(stack.url).port or 0)}
            for kind in yard:
                path = f"/{kind}{yard[kind]}"
                contenders[kind] = ("yard", _request(stack, method, path, body, signed=False), YARD_PORT)
            await _turns(stack, table, name, connections, contenders, seconds, status)
    await stack.stop("yard")
    table.note(f"API process: {stack.rss_mb('api'):.0f} MB resident after this load")
    return table


def _operations(ids: dict[str, str]) -> dict[str, tuple[str, str, dict[str, str], str, int]]:
    """Return method, our path, the yardsticks' paths, body and status of every operation."""
    room = {"sessionId": ids["session"], "roomId": ids["room"], "stylePrompt": "oak and calm light"}
    render = msgspec.json.encode({**room, "mode": "from_scratch"}).decode()

    def both(path: str) -> dict[str, str]:
        return {"orm": path, "raw": path}

    return {
        "health": ("GET", "/health", {"orm": "/health"}, "", 200),
        "styles": ("GET", "/api/styles", both("/styles"), "", 200),
        "sessions": ("GET", "/api/sessions", both("/sessions"), "", 200),
        "jobs": ("GET", "/api/jobs", both("/jobs"), "", 200),
        "inbox": ("GET", "/api/notifications", both("/notifications"), "", 200),
        "create session": ("POST", "/api/sessions", both("/sessions"), '{"title":"Our flat"}', 201),
        "accept render": ("POST", "/api/renders", {}, render, 202),
    }


async def _turns(
    stack: Stack,
    table: Table,
    name: str,
    connections: int,
    contenders: dict[str, tuple[str, str, int]],
    seconds: float,
    status: int,
) -> None:
    shots: dict[str, list[Shot]] = {who: [] for who in contenders}
    for _ in range(ROUNDS):
        for who, (process, request, port) in contenders.items():
            before = stack.cpu_s(process)
            report = await measure(Target("127.0.0.1", port, [request], connections, seconds, status))
            spent = (stack.cpu_s(process) - before) / max(1, report.count) * 1000
            shots[who].append(Shot(report, spent))
    for who, taken in shots.items():
        rates = [shot.report.per_second for shot in taken]
        table.add(
            name,
            connections,
            who,
            f"{median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})",
            *(
                f"{median(getattr(shot.report, field) for shot in taken):.2f}"
                for field in ("p50_ms", "p95_ms", "p99_ms")
            ),
            f"{median(shot.cpu_ms for shot in taken):.2f}",
            sum(shot.report.unexpected for shot in taken),
        )


def _request(stack: Stack, method: str, path: str, body: str, *, signed: bool = True) -> str:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if signed:
        lines += [f"{name}: {value}" for name, value in stack.headers().items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


async def _furnish(stack: Stack) -> dict[str, str]:
    """Give the user 21 sessions, a room and 21 jobs with their renders."""
    async with httpx.AsyncClient(base_url=stack.url, headers=stack.headers(), timeout=30) as client:
        made = [(await client.post("/api/sessions", json={"title": f"Flat {n}"})).json()["id"] for n in range(21)]
        room = {"name": "Kitchen", "type": "kitchen"}
        room_id = (await client.post(f"/api/sessions/{made[0]}/rooms", json=room)).json()["id"]
        wish = {"sessionId": made[0], "roomId": room_id, "stylePrompt": "oak and calm light", "mode": "from_scratch"}
        for _ in range(21):
            (await client.post("/api/renders", json=wish)).raise_for_status()
    return {"session": made[0], "room": room_id}


async def _until(url: str) -> None:
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=60)) as client:
        (await client.get(url)).raise_for_status()
