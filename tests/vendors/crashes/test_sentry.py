"""Each process runs for itself: the SDK is global, and what counts is what leaves a real process."""

import os
import subprocess
import sys
import time
from collections.abc import Generator

import pytest

from tests.standins.sentry import SentryStandIn
from tests.standins.server import Step, error, hang

START = """
import sys, time
from app.vendors import crashes
crashes.start_sentry(sys.argv[1], sys.argv[2], "test", "r1")
"""

CRASH = """
import structlog
from app.lib import telemetry
structlog.contextvars.bind_contextvars(job_id="job-7", note="what somebody typed")
password = "".join(["hunter", "2" * 6])  # put together here, or the source lines of the report would hold it
try:
    raise ValueError(f"render failed with password={password}")
except ValueError as error:
    telemetry.capture(error)
"""

SECRETS = """
import structlog
secrets = dict(line.split("=", 1) for line in sys.stdin.read().splitlines())
structlog.contextvars.bind_contextvars(request_id="r-1", authorization=secrets["bearer"])

class Plan:
    def __repr__(self):
        return secrets["password"]

def deep(card, cookie, plan):
    local = {"password": secrets["password"], "dsn": secrets["dsn"]}
    raise RuntimeError(
        f"Bearer {secrets['bearer']} card {card} Cookie: {cookie} {secrets['dsn']} key {secrets['google']} "
        f"{secrets['stripe']} {secrets['resend']} mail {secrets['email']} password={secrets['password']}"
    )

try:
    try:
        deep(secrets["card"], secrets["cookie"], Plan())
    except RuntimeError as first:
        raise KeyError(secrets["email"]) from first
except KeyError as error:
    crashes.capture(error)
    error.add_note(f"api_key={secrets['resend']}")
    with crashes.trace(crashes.AI_TURN, f"chat.turn {secrets['email']}", job_id="job-7"):
        pass
    raise
"""

PLANTED = {
    "password": "correct-horse-battery",
    "bearer": "tok_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "cookie": "__Host-session=tinycookie",
    "card": "4242 4242 4242 4242",
    "dsn": "postgresql://app:dbpass@db/renovation",
    "google": "AIzaSyA1234567890abcdefghijklmnopqrstu",
    "stripe": "sk_live_51Habcdefghijk",
    "resend": "re_a1b2c3d4e5f6",
    "email": "jane.doe@home.example",
}


@pytest.fixture
def vendor() -> Generator[SentryStandIn]:
    with SentryStandIn() as vendor:
        yield vendor


def run(script: str, dsn: str, process: str = "api", given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START + script, dsn, process]
    environ = {**os.environ, "PYTHONPATH": "."}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, input=given, env=environ)


@pytest.mark.parametrize("process", ["api", "heavy", "light"])
async def test_every_process_reports_its_crashes(vendor: SentryStandIn, process: str) -> None:
    done = run(CRASH, vendor.dsn, process)

    assert (done.returncode, done.stderr) == (0, "")
    [event] = vendor.events
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"] == {"process": process, "job_id": "job-7"}
    assert (event["environment"], event["release"], event["server_name"]) == ("test", "r1", process)
    assert "hunter" not in vendor.text.replace('["hunter"', "")
    assert "what somebody typed" not in vendor.text


def test_no_planted_secret_leaves(vendor: SentryStandIn) -> None:
    done = run(SECRETS, vendor.dsn, given="\n".join(f"{name}={value}" for name, value in PLANTED.items()))

    assert done.returncode == 1
    assert len(vendor.transactions) == 1
    assert {value["type"] for event in vendor.events for value in event["exception"]["values"]} == {
        "RuntimeError",
        "KeyError",
    }
    leaked = [name for name, secret in PLANTED.items() if secret in vendor.text]
    parts = [part for part in ("tinycookie", "dbpass", "jane.doe", "correct-horse") if part in vendor.text]
    assert (leaked, parts) == ([], [])


def test_a_thread_that_dies_is_reported(vendor: SentryStandIn) -> None:
    script = "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()"

    done = run(script, vendor.dsn, "heavy")

    assert [event["exception"]["values"][0]["type"] for event in vendor.events] == ["ZeroDivisionError"]
    assert "ZeroDivisionError" in done.stderr


def test_stopping_is_no_crash(vendor: SentryStandIn) -> None:
    run(
        "import asyncio\nfor e in (KeyboardInterrupt(), SystemExit(), asyncio.CancelledError()): crashes.capture(e)",
        vendor.dsn,
    )

    assert vendor.events == []


def test_turns_of_the_agent_are_always_traced_and_other_work_now_and_then(vendor: SentryStandIn) -> None:
    script = """
for number in range(200):
    with crashes.trace("job", "image.variants"):
        pass
for number in range(10):
    with crashes.trace(crashes.AI_TURN, "chat.turn", job_id=str(number)):
        pass
crashes.flush(5)
"""
    run(script, vendor.dsn, "light")

    kinds = [sent["transaction"] for sent in vendor.transactions]
    assert kinds.count("chat.turn") == 10
    assert 3 <= kinds.count("image.variants") <= 50


def test_without_a_dsn_nothing_is_imported() -> None:
    done = run("print('sentry_sdk' in sys.modules)\ncrashes.capture(ValueError())", "")

    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_starting_is_quick_and_imports_no_library_it_could_watch(vendor: SentryStandIn) -> None:
    script = """
import sentry_sdk
started = time.perf_counter()
crashes._sentry = None
crashes.start_sentry(sys.argv[1], "api", "test", "r1")
print(time.perf_counter() - started < 0.05)
print([name for name in ("litestar", "langchain", "sqlalchemy", "google", "openai", "redis") if name in sys.modules])
"""
    done = run(script, vendor.dsn)

    assert done.stdout.split("\n")[:2] == ["True", "[]"]


@pytest.mark.parametrize("step", [hang(), error(500), error(429, headers={"retry-after": "60"})], ids=str)
def test_a_vendor_that_is_away_delays_nobody(vendor: SentryStandIn, step: Step) -> None:
    vendor.always(step)
    script = """
started = time.perf_counter()
for number in range(500):
    crashes.capture(ValueError(str(number)))
print((time.perf_counter() - started) / 500 < 0.02)
"""
    started = time.monotonic()
    done = run(script, vendor.dsn)

    assert done.stdout.strip() == "True"
    assert time.monotonic() - started < 15


def test_requests_are_traced_without_ids_queries_or_streams(vendor: SentryStandIn) -> None:
    script = """
import asyncio
from app.vendors.crashes.requests import traced

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})

async def main():
    api = traced(app)
    async def send(message): pass
    for path in ("/api/rooms/0189f7a2-7c11-7d3e-9c2b-1f2e3d4c5b6a", "/health/ready", "/api/events"):
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"note=typed", "headers": []}
        for _ in range(150):
            await api(scope, None, send)

asyncio.run(main())
"""
    done = run(script, vendor.dsn)

    assert (done.returncode, done.stderr) == (0, "")
    assert {sent["transaction"] for sent in vendor.transactions} == {"GET /api/rooms/{id}"}
    assert vendor.transactions[0]["contexts"]["trace"]["status"] == "not_found"
    assert "typed" not in vendor.text


def test_an_app_that_reports_nowhere_stays_as_it_is() -> None:
    done = run("from app.vendors.crashes.requests import traced\nprint(traced(run := print) is run)", "")

    assert done.stdout.strip() == "True"
