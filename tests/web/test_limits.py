"""How often: counted for all processes together, and what happens when Redis is away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from time import perf_counter, time

import httpx
import pytest
from redis.asyncio import Redis

from app.web.limits import RATES, Ask, Limiter, RateLimited, SignInUnavailable
from app.web.sliding import RedisWindows, Window
from tests.web import probe
from tests.web.probe import bearer, cookie


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[Limiter]:
    limiter = Limiter(redis_url)
    yield limiter
    await limiter.close()


@pytest.fixture
def nowhere() -> str:
    """Return the address of a Redis that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"


@pytest.mark.parametrize(("name", "quota"), [("renders", 10), ("chat", 20), ("guests", 60), ("sign-in", 10)])
async def test_as_many_as_the_quota_are_allowed(limiter: Limiter, name: str, quota: int) -> None:
    verdicts = [await limiter.hit(name, "somebody") for _ in range(quota + 2)]

    assert [verdict.allowed for verdict in verdicts] == [True] * quota + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [*range(quota - 1, -1, -1), 0, 0]
    assert all(0 < verdict.reset_s <= 2 * RATES[name].window_s for verdict in verdicts)


async def test_processes_share_one_count(redis_url: str) -> None:
    limiters = [Limiter(redis_url) for _ in range(4)]

    verdicts = await asyncio.gather(*(limiters[n % 4].hit("guests", "shared") for n in range(200)))

    assert sum(verdict.allowed for verdict in verdicts) == 60
    for limiter in limiters:
        await limiter.close()


async def test_identities_never_meet(limiter: Limiter) -> None:
    await limiter.hit("renders", "a", "b/c", cost=10)

    assert (await limiter.hit("renders", "a/b", "c")).allowed
    assert (await limiter.hit("renders", "a", "b", "/c")).allowed
    assert not (await limiter.hit("renders", "a", "b/c")).allowed


async def test_a_cost_counts_and_what_does_not_fit_counts_nothing(limiter: Limiter) -> None:
    costs = [4, 4, 4, 2, 1]

    allowed = [(await limiter.hit("renders", "painter", cost=cost)).allowed for cost in costs]

    assert allowed == [True, True, False, True, False]


async def test_a_request_refused_by_one_limit_spends_none_of_the_others(limiter: Limiter) -> None:
    await limiter.hit("guests", "full", cost=60)
    asks = [Ask("api", ("full",)), Ask("guests", ("full",))]

    _, refusal = await limiter.admit(asks)

    assert isinstance(refusal, RateLimited)
    assert (await limiter.hit("api", "full")).remaining == 599


async def test_in_any_second_no_more_than_the_quota_is_allowed(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    windows = RedisWindows(redis)
    allowed: list[float] = []
    refused: list[int] = []
    await asyncio.sleep(1 - time() % 1 + 0.85)  # begin at the end of a second: a cluster at the window's edge
    start = perf_counter()
    while (now := perf_counter() - start) < 2.4:
        yes, _, wait_s = (await windows.count([Window("test:sliding", 50, 1, 1)]))[0]
        allowed += [now] if yes else []
        refused += [] if yes else [wait_s]
        await asyncio.sleep(0.003)
    await redis.aclose()

    busiest = max(sum(1 for other in allowed if moment <= other < moment + 1) for moment in allowed)
    assert 48 <= busiest <= 51  # seen from here, a moment later than Redis counted
    assert 100 <= len(allowed) <= 150
    assert set(refused) <= {1, 2}


async def test_the_scale_multiplies_every_quota(redis_url: str) -> None:
    limiter = Limiter(redis_url, scale=3)

    verdict = await limiter.hit("sign-in", "scaled")

    assert (verdict.quota, verdict.remaining) == (30, 29)
    await limiter.close()


async def test_while_redis_is_away_requests_are_counted_here_and_sign_in_is_refused(nowhere: str) -> None:
    limiter = Limiter(nowhere)

    verdicts = [await limiter.hit("renders", "alone") for _ in range(12)]

    assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 2
    with pytest.raises(SignInUnavailable):
        await limiter.hit("sign-in", "alone")
    await limiter.close()


async def test_a_redis_that_hangs_costs_one_short_wait_and_not_one_per_request() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    limiter = Limiter(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    start = perf_counter()

    for _ in range(100):
        assert (await limiter.hit("api", "patient")).allowed

    assert perf_counter() - start < 0.6
    await limiter.close()
    server.close()


@pytest.fixture
async def strict(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the probe with the limits of production."""
    settings = probe.make_settings(limits_scale=1)
    app = probe.make_app(settings, redis_url)
    await app.state.limiter._redis.flushdb()  # pyright: ignore[reportPrivateUsage]
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()


async def test_answers_say_how_much_is_left(strict: httpx.AsyncClient) -> None:
    by_key = await strict.get("/api/things", headers=bearer())
    by_cookie = await strict.get("/api/things", headers=cookie("owner"))
    wrong = await strict.get("/api/things?x=1", headers=bearer())

    assert by_key.headers["ratelimit-policy"] == '"api";q=600;w=60'
    left = [answer.headers["ratelimit"].partition("r=")[2].partition(";")[0] for answer in (by_key, by_cookie, wrong)]
    assert left == ["599", "598", "597"]


async def test_over_the_limit_is_429_with_when_to_come_back(strict: httpx.AsyncClient) -> None:
    answers = [await strict.post("/api/auth/login", json={"email": "a"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json()["code"] == "rate-limited"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert '"sign-in";r=0' in refused.headers["ratelimit"]


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-For": "{n}.1.1.1"},
        {"X-Real-IP": "{n}.1.1.1"},
        {"Forwarded": "for={n}.1.1.1"},
        {"CF-Connecting-IP": "{n}.1.1.1"},
    ],
)
async def test_a_forged_address_does_not_help(strict: httpx.AsyncClient, forged: dict[str, str]) -> None:
    statuses = [
        (
            await strict.post(
                "/api/auth/login",
                json={"email": "a"},
                headers={name: value.format(n=n) for name, value in forged.items()},
            )
        ).status_code
        for n in range(1, 12)
    ]

    assert statuses == [200] * 10 + [429]


async def test_guests_are_counted_by_their_own_limit(strict: httpx.AsyncClient) -> None:
    answers = [await strict.post("/api/auth/guest") for _ in range(61)]

    assert [answer.status_code for answer in answers] == [201] * 60 + [429]


async def test_guessing_keys_is_limited_by_address(strict: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(strict.get("/api/things", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(650))
    )

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (600, 50)


@pytest.mark.parametrize("path", ["/api/things", "/api/things/", "//api/things", "/api//things"])
async def test_another_spelling_of_the_path_is_the_same_bucket(strict: httpx.AsyncClient, path: str) -> None:
    first = await strict.get("/api/things", headers=bearer())
    second = await strict.get(httpx.URL("http://127.0.0.1:8000").copy_with(raw_path=path.encode()), headers=bearer())

    assert '"api";r=599' in first.headers["ratelimit"]
    assert '"api";r=598' in second.headers["ratelimit"]


async def test_while_redis_is_away_only_signing_in_is_refused(nowhere: str) -> None:
    settings = probe.make_settings(limits_scale=1)
    app = probe.make_app(settings, nowhere)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        other = await client.get("/api/things", headers=bearer())
        guest = await client.post("/api/auth/guest")
        sign_in = await client.post("/api/auth/login", json={"email": "a"})
    await app.state.limiter.close()

    assert (other.status_code, guest.status_code) == (200, 201)
    assert (sign_in.status_code, sign_in.json()["code"]) == (503, "sign-in-unavailable")
    assert sign_in.headers["retry-after"] == "2"
