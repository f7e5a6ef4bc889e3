"""Is it alive, can it serve, how is it doing: and who may know."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from app.db.models import Job
from app.domain.health.revisions import revisions
from app.lib.clock import now
from app.resources import open_redis
from app.vendors import Unavailable
from app.vendors.storage.local import LocalFiles
from tests.factories import make_job
from tests.live import free_port
from tests.workplace import Person, Workplace


async def ready(place: Workplace) -> tuple[int, str, dict[str, tuple[str, str | None]]]:
    """Return the answer's status, its verdict, and the checks by name."""
    place.api.app.state.pop("readiness", None)
    answer = await place.nobody().get("/health/ready")
    checks = {check["name"]: (check["status"], check["detail"]) for check in answer.json()["checks"]}
    return answer.status_code, answer.json()["status"], checks


async def report(place: Workplace, *names: str) -> None:
    """Let workers report."""
    for name in names:
        await place.resources.redis.set(f"workers:{name}", "1", ex=8)


async def test_a_process_that_answers_is_alive(place: Workplace) -> None:
    answer = await place.nobody().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_with_everything_around_it_a_process_is_ready(place: Workplace) -> None:
    await report(place, "heavy:heavy:a:1", "heavy:heavy:b:2", "light:light:a:3")

    answer = await place.nobody().get("/health/ready")

    told = answer.json()
    assert (answer.status_code, told["status"], told["workers"]) == (200, "ready", {"heavy": 2, "light": 1})
    assert {check["name"]: check["status"] for check in told["checks"]} == dict.fromkeys(
        ("database", "migrations", "redis", "storage", "queues", "heavy", "light"), "ok"
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])


async def test_without_workers_it_still_serves(place: Workplace) -> None:
    await report(place, "light:light:a:3")

    status, verdict, checks = await ready(place)

    assert (status, verdict) == (200, "degraded")
    assert (checks["heavy"], checks["light"]) == (("degraded", "0 reporting"), ("ok", "1 reporting"))


async def test_without_redis_it_still_serves_and_says_so_soon(place: Workplace) -> None:
    nowhere = open_redis(f"redis://127.0.0.1:{free_port()}/0")
    place.use(redis=nowhere)

    async with asyncio.timeout(4):
        status, verdict, checks = await ready(place)

    assert (status, verdict) == (200, "degraded")
    assert (checks["redis"][0], checks["heavy"][0], checks["database"][0]) == ("degraded", "degraded", "ok")
    await nowhere.aclose()


class Store(LocalFiles):
    """A file store whose state a test chooses."""

    def __init__(self, fault: str = "") -> None:
        self.looks = 0
        self._fault = fault

    async def check(self) -> None:
        """Count, and fail if told to."""
        self.looks += 1
        if self._fault == "hangs":
            await asyncio.sleep(60)
        if self._fault:
            raise Unavailable("No room.", code=self._fault)


@pytest.mark.parametrize(("fault", "detail"), [("storage-full", "storage-full"), ("hangs", "does not answer")])
async def test_a_file_store_that_is_away_is_told(place: Workplace, fault: str, detail: str) -> None:
    place.use(files=Store(fault))

    status, verdict, checks = await ready(place)

    assert (status, verdict, checks["storage"]) == (200, "degraded", ("degraded", detail))


async def test_a_crowd_that_asks_is_answered_by_one_look(place: Workplace) -> None:
    store = Store()
    place.use(files=store)
    client = place.nobody()

    answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))

    assert ({answer.status_code for answer in answers}, store.looks) == ({200}, 1)


async def test_only_jobs_that_wait_too_long_for_a_worker_are_told(place: Workplace, person: Person) -> None:
    long_ago = now() - timedelta(hours=1)
    async with place.db() as db:
        later = await make_job(db, person.user, queue="images", created_at=long_ago)
        await db.commit()
    await place.change(Job, later.id, run_after=now() + timedelta(minutes=5))

    pausing = (await ready(place))[2]["queues"]
    await place.change(Job, later.id, run_after=long_ago)
    waiting = (await ready(place))[2]["queues"]

    assert pausing == ("ok", None)
    assert waiting == ("degraded", "jobs wait over 120 s in images")


class Gone:
    """A database that is away."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:
        """Fail."""
        raise ConnectionRefusedError("nobody listens")

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """Fail."""
        raise ConnectionRefusedError("nobody listens")


async def test_without_its_database_it_cannot_serve(place: Workplace) -> None:
    place.use(reads=Gone())

    status, verdict, checks = await ready(place)

    assert (status, verdict, checks["database"]) == (503, "unready", ("down", "ConnectionRefusedError"))


@pytest.fixture
async def revision(place: Workplace) -> AsyncIterator[str]:
    """Return the database's migration, and put it back afterwards."""
    newest = revisions().newest
    yield str(newest)
    await set_revision(place, str(newest))


async def set_revision(place: Workplace, revision: str) -> None:
    async with place.resources.transaction() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_a_newer_database_serves_and_an_unmigrated_one_does_not(place: Workplace, revision: str) -> None:
    await set_revision(place, "2999_next")
    newer = await ready(place)
    async with place.resources.transaction() as db:
        await db.execute(text("DELETE FROM alembic_version"))
    empty = await ready(place)
    async with place.resources.transaction() as db:
        await db.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})

    assert (newer[0], newer[2]["database"][0], newer[2]["migrations"][0]) == (200, "ok", "degraded")
    assert (empty[0], empty[2]["database"][0]) == (503, "down")


async def test_a_process_that_shuts_down_is_taken_out_at_once(place: Workplace) -> None:
    hub = place.api.app.state.hub
    await place.nobody().get("/health/ready")

    hub.closing = True
    try:
        answer = await place.nobody().get("/health/ready")
    finally:
        hub.closing = False

    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert answer.json()["checks"][-1] == {"name": "process", "status": "down", "detail": "shutting down"}


async def test_production_lists_the_vendors_it_was_not_given(place: Workplace) -> None:
    place.use(settings=msgspec.structs.replace(place.resources.settings, app_env="production", embedded=("mail",)))

    status, verdict, checks = await ready(place)

    assert (status, verdict) == (200, "degraded")
    assert {name for name, check in checks.items() if check == ("degraded", "not-configured")} == {"images", "storage"}


TOKEN = "a-token-for-prometheus"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.9"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ACCESS: list[tuple[str, str, str, dict[str, str], int]] = [
    ("from here", "", HERE, {}, 200),
    ("from here over IPv6", "", "::1", {}, 200),
    ("from here beside a token", TOKEN, HERE, {}, 200),
    ("from elsewhere", "", ELSEWHERE, {}, 401),
    ("from elsewhere with an empty token", "", ELSEWHERE, {"Authorization": "Bearer "}, 401),
    ("from elsewhere with the token", TOKEN, ELSEWHERE, BEARER, 200),
    ("with the scheme in small letters", TOKEN, ELSEWHERE, {"Authorization": f"bearer {TOKEN}"}, 200),
    ("with another token", TOKEN, ELSEWHERE, {"Authorization": "Bearer another"}, 401),
    ("with the token and no scheme", TOKEN, ELSEWHERE, {"Authorization": TOKEN}, 401),
    ("with a token that is not ASCII", TOKEN, ELSEWHERE, {"Authorization": "Bearer \xfc"}, 401),
    ("through a proxy here", "", HERE, {"X-Forwarded-For": ELSEWHERE}, 401),
    ("through another proxy here", "", HERE, {"Forwarded": f"for={ELSEWHERE}"}, 401),
    ("through a proxy with the token", TOKEN, HERE, BEARER | {"X-Real-IP": ELSEWHERE}, 200),
    ("from nowhere", "", "", {}, 401),
]


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"), [case[1:] for case in ACCESS], ids=[case[0] for case in ACCESS]
)
async def test_metrics_are_for_operators(
    place: Workplace, token: str, address: str, headers: dict[str, str], status: int
) -> None:
    place.use(settings=msgspec.structs.replace(place.resources.settings, metrics_token=token))

    answer = await metrics(place, address, headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def metrics(place: Workplace, address: str = HERE, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return what Prometheus is told."""
    raw = {name: value.encode("latin-1") for name, value in (headers or {}).items()}
    return await place.nobody(address=address).get("/metrics", headers=raw)  # type: ignore[arg-type]


async def test_metrics_tell_of_requests_jobs_workers_and_streams(place: Workplace, person: Person) -> None:
    await report(place, "heavy:heavy:a:1")
    async with place.db() as db:
        await make_job(db, person.user)
        await make_job(db, person.user, status="failed", dead_letter=True)
        await db.commit()
    await person.get("/api/jobs")

    answer = await metrics(place)

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = answer.text
    assert 'jobs{queue="renders",status="queued"} 1.0' in told
    assert re.search(r'^job_oldest_seconds\{queue="renders",status="queued"\} \d', told, re.MULTILINE)
    assert "\njobs_dead_letters 1.0\n" in told
    assert 'workers{kind="heavy"} 1.0' in told
    assert "\nlive_streams 0.0\n" in told
    assert re.search(r'^http_request_seconds_count\{method="GET",route="/api/jobs",status="200"\}', told, re.MULTILINE)
    assert 'cache_reads_total{tier="memory"}' in told


async def test_metrics_without_the_database_tell_of_the_process(place: Workplace) -> None:
    place.use(reads=Gone())

    answer = await metrics(place)

    assert answer.status_code == 200
    assert "http_request_seconds" in answer.text
    assert "jobs{" not in answer.text
