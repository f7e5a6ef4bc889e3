"""The request line, and what every answer carries."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.web import probe
from tests.web.probe import ADMIN, OWNER, bearer

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}

REQUESTS = [
    ("GET", "/api/open", 200),
    ("GET", "/api/things", 401),
    ("GET", "/nowhere", 404),
    ("GET", "/api/me;.js", 404),
    ("PUT", "/api/open", 405),
    ("TRACE", "/api/open", 405),
    ("CONNECT", "/api/open", 405),
    ("PROPFIND", "/api/open", 405),
    ("POST", "/api/auth/login", 400),
    ("GET", "/api/op%00en", 400),
    ("GET", "/api/%ff", 400),
    ("GET", "/api/open?q=%00", 400),
    ("GET", "/api/open?q=%c0%af", 400),
    ("OPTIONS", "/api/open", 204),
    ("HEAD", "/api/open", 200),
    ("HEAD", "/nowhere", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
async def test_every_answer_carries_the_security_headers_and_a_request_id(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,128}", answer.headers["x-request-id"])
    if status >= 400 and method != "HEAD":
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["requestId"] == answer.headers["x-request-id"]
        assert problem["status"] == status
        assert problem["type"] == f"/docs#problem-{problem['code']}"
        assert set(problem) >= {"type", "title", "status", "detail", "instance", "code", "requestId", "errors"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcdefgh", True),
        ("a" * 128, True),
        ("short", False),
        ("a" * 129, False),
        ("with blank", False),
        ("a\tbcdefgh", False),
    ],
)
async def test_a_well_formed_request_id_is_kept(client: httpx.AsyncClient, given: str, kept: bool) -> None:
    answer = await client.get("/api/open", headers={"X-Request-Id": given})

    assert (answer.headers["x-request-id"] == given) is kept


QUERIES = [
    ("limit=1", 200, []),
    ("limit=100&roomType=bath&tag=a&tag=b", 200, []),
    ("limit=0", 400, ["query.limit"]),
    ("limit=101", 400, ["query.limit"]),
    ("limit=-1", 400, ["query.limit"]),
    ("limit=4611686018427387904", 400, ["query.limit"]),
    ("limit=1.5", 400, ["query.limit"]),
    ("limit=%D9%A3", 400, ["query.limit"]),
    ("limit=1_0", 400, ["query.limit"]),
    ("limit=", 400, ["query.limit"]),
    ("limit=1e1", 400, ["query.limit"]),
    ("limit=1.0", 400, ["query.limit"]),
    ("limit=01", 400, ["query.limit"]),
    ("limit=%2B1", 400, ["query.limit"]),
    ("width=0", 200, []),
    ("width=null", 400, ["query.width"]),
    ("width=51", 400, ["query.width"]),
    ("unread=true", 200, []),
    ("unread=1", 400, ["query.unread"]),
    ("unread=TRUE", 400, ["query.unread"]),
    ("shade=dark", 200, []),
    ("shade=null", 400, ["query.shade"]),
    ("tag=a&tag=123456789", 400, ["query.tag"]),
    ("limit=1&limit=2", 400, ["query.limit"]),
    ("page=1", 400, ["query.page"]),
    ("room_type=bath", 400, ["query.room_type"]),
    ("limit=1&x=1&y=2", 400, ["query.x", "query.y"]),
    ("=1", 400, ["query."]),
]


@pytest.mark.parametrize(("query", "status", "pointers"), QUERIES)
async def test_the_query_must_match_the_route(
    client: httpx.AsyncClient, query: str, status: int, pointers: list[str]
) -> None:
    answer = await client.get(f"/api/things?{query}", headers=bearer())

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers if pointers else True


@pytest.mark.parametrize(
    "thing_id", ["1", "not-a-uuid", OWNER.hex, f"{{{OWNER}}}", str(OWNER)[:-1], f"{OWNER}0", "%20"]
)
async def test_a_path_id_that_is_no_uuid_is_400(client: httpx.AsyncClient, thing_id: str) -> None:
    answer = await client.get(f"/api/things/{thing_id}", headers=bearer())

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "path.thingId"


@pytest.mark.parametrize(("slug", "status"), [("art-deco", 200), ("Art", 400), ("a--b", 400), ("a" * 61, 400)])
async def test_a_path_keeps_the_bounds_of_its_type(client: httpx.AsyncClient, slug: str, status: int) -> None:
    assert (await client.get(f"/api/styles/{slug}")).status_code == status


async def test_a_refusal_tells_its_facts_in_camel_case(client: httpx.AsyncClient) -> None:
    missing = await client.get(f"/api/things/{UUID(int=0)}", headers=bearer())
    busy = await client.post("/api/things", json={"name": "busy"}, headers=bearer())

    assert missing.json()["thingId"] == str(UUID(int=0))
    assert (busy.status_code, busy.json()["code"]) == (409, "thing-busy")
    assert (busy.json()["thingName"], busy.json()["openJobs"]) == ("busy", 2)


async def test_options_lists_every_method_of_a_path(client: httpx.AsyncClient) -> None:
    one = await client.options(f"/api/things/{OWNER}")
    many = await client.options("/api/things/")
    wrong = await client.put("/api/things")

    assert one.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert many.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert wrong.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await client.options("/nowhere")).status_code == 404


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    get = await client.get("/api/open")

    head = await client.head("/api/open")

    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert (await client.head("/api/auth/login")).status_code == 405


async def test_head_of_a_stream_ends_the_stream(redis_url: str) -> None:
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        answer = await client.head("/api/stream", headers=bearer())

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "connection" not in answer.headers
    await app.state.limiter.close()


async def test_two_hosts_are_refused_and_a_foreign_one_builds_nothing(client: httpx.AsyncClient) -> None:
    two = await client.get("/api/open", headers=[("Host", "a.example"), ("Host", "b.example")])
    foreign = await client.get("/nowhere", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert two.status_code == 400
    assert "evil" not in foreign.text


async def test_a_method_is_not_overridden_by_a_header(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/things/{OWNER}", headers=bearer() | {"X-HTTP-Method-Override": "DELETE"})

    assert answer.status_code == 200


@pytest.fixture
async def elsewhere(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to a deployment behind https that names two origins of others."""
    settings = probe.make_settings(
        public_url="https://api.example", cors_origins=("https://app.example", "http://localhost:5173")
    )
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()


@pytest.mark.parametrize("path", ["/api/open", "/nowhere", "/api/things", "/api/op%00en"])
async def test_a_named_origin_may_read_every_answer(elsewhere: httpx.AsyncClient, path: str) -> None:
    answer = await elsewhere.get(path, headers={"Origin": "https://app.example"})

    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://app.example.evil", "https://evilapp.example", "http://app.example", "*"],
)
async def test_no_other_origin_may_read_anything(elsewhere: httpx.AsyncClient, origin: str) -> None:
    answer = await elsewhere.get("/api/open", headers={"Origin": origin})
    preflight = await elsewhere.options(
        "/api/things", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )

    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in preflight.headers
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", "content-type, X-CSRF-Token, idempotency-key", 204),
        ("GET", "", 204),
        ("PUT", "", 405),
        ("BREW", "", 405),
        ("POST", "x-evil", 403),
    ],
)
async def test_a_preflight_names_a_method_and_headers_we_have(
    elsewhere: httpx.AsyncClient, method: str, headers: str, status: int
) -> None:
    asked: dict[str, Any] = {"Origin": "https://app.example", "Access-Control-Request-Method": method}
    asked |= {"Access-Control-Request-Headers": headers} if headers else {}

    answer = await elsewhere.options("/api/things", headers=asked)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    if status == 204:
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"


async def test_each_request_is_observed_once_by_its_template(redis_url: str) -> None:
    seen: list[tuple[str, str, int]] = []
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url)

    def observe(method: str, route: str, status: int, seconds: float) -> None:
        assert 0 < seconds < 5
        seen.append((method, route, status))

    shell = probe.shelled(app, settings, observe=observe)

    async with probe.client_of(shell) as client:
        await client.get(f"/api/things/{ADMIN}", headers=bearer())
        await client.request("BREW", "/api/open")
        await client.head("/api/open")
    await app.state.limiter.close()

    assert seen == [
        ("GET", "/api/things/{thing_id}", 200),
        ("OTHER", "unmatched", 405),
        ("HEAD", "/api/open", 200),
    ]
