"""Who may pass."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from app.web import csrf
from tests.web import probe
from tests.web.probe import COOKIES, KEYS, bearer, cookie

WHO = {
    "nobody": {},
    "guest": cookie("guest"),
    "owner": cookie("owner"),
    "admin": cookie("admin"),
    "owner's key": bearer("owner"),
    "admin's key": bearer("admin"),
    "a bad key": bearer("bad"),
    "a bad key and a good cookie": cookie("owner") | bearer("bad"),
    "a key that is not a bearer": {"Authorization": "Basic b3duZXI6eA=="} | {"Cookie": "session=owner-token"},
    "an unsigned token": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
}

ROUTES = {
    "/api/open": dict.fromkeys(WHO, 200),
    "/api/things": {"nobody": 401, "guest": 200, "owner": 200, "owner's key": 200},
    "/api/registered": {"nobody": 401, "guest": 403, "owner": 200, "owner's key": 200},
    "/api/keys": {"nobody": 401, "guest": 403, "owner": 200, "admin": 200, "owner's key": 403, "admin's key": 403},
    "/api/admin/things": {
        "nobody": 401,
        "guest": 403,
        "owner": 403,
        "owner's key": 403,
        "admin": 200,
        "admin's key": 200,
    },
}
REFUSED = {
    "a bad key": 401,
    "a bad key and a good cookie": 401,
    "a key that is not a bearer": 401,
    "an unsigned token": 401,
}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("who", WHO)
async def test_a_route_lets_in_whom_it_is_for(client: httpx.AsyncClient, path: str, who: str) -> None:
    expected = (REFUSED | ROUTES[path]).get(who, 200)

    answer = await client.get(path, headers=WHO[who])

    assert answer.status_code == expected
    if expected == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/api/registered", cookie("guest"), "registration-required"),
        ("/api/keys", cookie("guest"), "registration-required"),
        ("/api/keys", bearer("owner"), "login-required"),
        ("/api/admin/things", cookie("owner"), "admin-only"),
    ],
)
async def test_a_refusal_says_what_is_missing(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], code: str
) -> None:
    assert (await client.get(path, headers=headers)).json()["code"] == code


async def test_a_bearer_is_used_alone(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/registered", headers=cookie("owner") | bearer("admin"))

    assert answer.json()["user"] == str(probe.ADMIN)


def _token(whose: str, keys: tuple[str, ...] = KEYS) -> str:
    token_hash = COOKIES[f"{whose}-token"].token_hash
    assert token_hash
    return csrf.issue(token_hash, keys)


CSRF: list[tuple[str, str | bytes | None, int]] = [
    ("our own", _token("owner"), 201),
    ("signed with the older key", _token("owner", KEYS[1:]), 201),
    ("none", None, 403),
    ("empty", "", 403),
    ("wrong", "x" * 64, 403),
    ("of another login", _token("guest"), 403),
    ("made by somebody else", _token("owner", ("c" * 40,)), 403),
    ("cut short", _token("owner")[:-1], 403),
    ("not ASCII", "ü".encode() * 32, 403),
    ("of 10 KB", "A" * 10_240, 403),
    ("with other bytes", urlsafe_b64encode(b"\0" * 48).decode(), 403),
]


@pytest.mark.parametrize(("token", "status"), [row[1:] for row in CSRF], ids=[row[0] for row in CSRF])
async def test_a_cookie_needs_a_token_bound_to_its_login(
    client: httpx.AsyncClient, token: str | bytes | None, status: int
) -> None:
    headers: dict[str, str | bytes] = {"Cookie": "session=owner-token"}
    if token is not None:
        headers["X-CSRF-Token"] = token

    answer = await client.post("/api/things", json={"name": "a"}, headers=list(headers.items()))  # type: ignore[arg-type]

    assert answer.status_code == status
    assert status == 201 or answer.json()["code"] == "csrf-failed"


async def test_reading_and_bearers_need_no_token(client: httpx.AsyncClient) -> None:
    read = await client.get("/api/things", headers={"Cookie": "session=owner-token"})
    write = await client.post("/api/things", json={"name": "a"}, headers=bearer())

    assert (read.status_code, write.status_code) == (200, 201)


def test_tokens_differ_and_never_hold_the_login() -> None:
    tokens = {_token("owner") for _ in range(20)}

    assert len(tokens) == 20


SITES = [
    ({}, 200),
    ({"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://127.0.0.1:8000"}, 200),
    ({"Origin": "http://localhost:8000", "Host": "localhost:8000", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://192.168.1.5:8000", "Host": "192.168.1.5:8000"}, 200),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), SITES)
@pytest.mark.parametrize("also", [{}, {"Cookie": "session=owner-token"}])
async def test_signing_in_needs_no_token_but_our_own_page(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, also: dict[str, str]
) -> None:
    answer = await client.post("/api/auth/login", json={"email": "a"}, headers=headers | also)

    assert answer.status_code == status


@pytest.fixture
async def deployed(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to a deployment with a public address and a page on another site."""
    settings = probe.make_settings(public_url="https://api.example", cors_origins=("https://app.example",))
    app = probe.make_app(settings, redis_url)
    async with probe.client_of(probe.shelled(app, settings)) as client:
        yield client
    await app.state.limiter.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://api.example"}, 200),
        ({"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "https://evil.example", "Host": "evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8000"}, 403),
    ],
)
async def test_a_deployment_knows_its_own_pages_by_settings_only(
    deployed: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await deployed.post("/api/auth/login", json={"email": "a"}, headers=headers)

    assert answer.status_code == status


async def test_over_https_only_the_prefixed_cookie_counts(deployed: httpx.AsyncClient) -> None:
    plain = await deployed.get("/api/things", headers={"Cookie": "session=owner-token"})
    prefixed = await deployed.get("/api/things", headers={"Cookie": "__Host-session=owner-token"})

    assert (plain.status_code, prefixed.status_code) == (401, 200)
