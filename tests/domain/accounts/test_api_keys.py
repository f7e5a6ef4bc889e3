from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from app.db.models import ApiKey, User
from app.lib.clock import now
from tests.domain.accounts.conftest import OpenBrowser, register, start_guest
from tests.factories import make_api_key, random_id


def bearer(key: str) -> dict[str, str]:
    """Return the header of a program."""
    return {"Authorization": f"Bearer {key}"}


async def make_key(browser: httpx.AsyncClient, **wish: object) -> httpx.Response:
    """Make a key in a browser."""
    answer = await browser.post("/api/api-keys", json={"name": "Importer", **wish})
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_key_is_shown_once_and_kept_as_a_hash(browser: httpx.AsyncClient, db: AsyncSession) -> None:
    await register(browser)

    answer = await make_key(browser)

    made = answer.json()
    assert set(made) == {"id", "name", "prefix", "scopes", "expiresAt", "createdAt", "key"}
    assert made["key"].startswith(f"{made['prefix']}_")
    assert made["prefix"].startswith("ra_live_")
    assert (made["scopes"], made["expiresAt"]) == (["read", "write"], None)
    row = await db.get_one(ApiKey, UUID(made["id"]))
    assert len(row.key_hash) == 32
    assert made["key"] not in str(vars(row))
    listed = (await browser.get("/api/api-keys")).json()
    assert listed["items"] == [{k: v for k, v in made.items() if k != "key"} | {"lastUsedAt": None}]
    assert made["key"] not in str(listed)


async def test_a_key_acts_for_its_owner_without_cookie_or_csrf_token(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    owner = (await register(browser)).json()["user"]
    key = (await make_key(browser)).json()["key"]

    answer = await open_browser().patch("/api/me", json={"displayName": "Robot"}, headers=bearer(key))

    assert answer.status_code == 200
    assert answer.json()["id"] == owner["id"]


async def test_a_bearer_is_used_alone(open_browser: OpenBrowser) -> None:
    owner, other = open_browser(), open_browser()
    owners_id = (await register(owner)).json()["user"]["id"]
    key = (await make_key(owner)).json()["key"]
    await register(other)

    both = await other.patch("/api/me", json={}, headers=bearer(key))
    bad = await other.patch("/api/me", json={}, headers=bearer(key[:-1] + "!"))

    assert both.json()["id"] == owners_id
    assert bad.status_code == 401


async def test_a_revoked_key_is_dead_at_once(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    await register(browser)
    made = (await make_key(browser)).json()

    revoked = await browser.delete(f"/api/api-keys/{made['id']}")

    assert revoked.status_code == 204
    assert (await open_browser().patch("/api/me", json={}, headers=bearer(made["key"]))).status_code == 401
    assert (await browser.delete(f"/api/api-keys/{made['id']}")).status_code == 404
    assert (await browser.get("/api/api-keys")).json() == {"items": [], "nextCursor": None}


async def test_an_expired_key_is_dead(open_browser: OpenBrowser, db: AsyncSession) -> None:
    browser = open_browser()
    owner = await db.get_one(User, UUID((await register(browser)).json()["user"]["id"]))
    expired = await make_api_key(db, owner, expires_at=now() - timedelta(hours=1))
    living = await make_api_key(db, owner, expires_at=now() + timedelta(hours=1))

    assert (await open_browser().patch("/api/me", json={}, headers=bearer(expired))).status_code == 401
    assert (await open_browser().patch("/api/me", json={}, headers=bearer(living))).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "ra_live_00000000_" + "x" * 43,
        "ra_live_",
        "x",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL3gifQ.eyJzdWIiOiIxIn0.c2ln",
        "é" * 60,
        "ra_live_" + "x" * 20_000,
    ],
)
async def test_what_is_no_key_is_refused(browser: httpx.AsyncClient, given: str) -> None:
    headers = {b"Authorization": b"Bearer " + given.encode("latin-1")}

    answer = await browser.patch("/api/me", json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_of_another_prefix_or_cut_short_is_refused(browser: httpx.AsyncClient) -> None:
    await register(browser)
    key = (await make_key(browser)).json()["key"]

    for given in (key[:-1], key + "x", key.replace("ra_live_", "ra_test_"), key.upper()):
        assert (await browser.patch("/api/me", json={}, headers=bearer(given))).status_code == 401


async def test_a_key_in_the_query_is_never_read(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    await register(browser)
    key = (await make_key(browser)).json()["key"]

    answer = await open_browser().get("/api/sessions", params={"access_token": key, "api_key": key})

    assert answer.status_code in (400, 401, 404)
    assert key not in answer.text


async def test_a_key_does_only_what_it_was_made_for(open_browser: OpenBrowser, db: AsyncSession) -> None:
    browser = open_browser()
    await register(browser)
    reading = (await make_key(browser, scopes=["read"])).json()

    answer = await open_browser().patch("/api/me", json={}, headers=bearer(reading["key"]))

    assert reading["scopes"] == ["read"]
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/api-keys"),
        ("POST", "/api/api-keys"),
        ("DELETE", f"/api/api-keys/{random_id()}"),
        ("GET", "/api/auth/me"),
        ("POST", "/api/auth/guest"),
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/logout"),
        ("POST", "/api/auth/password"),
        ("GET", "/api/auth/logins"),
        ("DELETE", f"/api/auth/logins/{random_id()}"),
    ],
)
async def test_no_key_makes_keys_or_touches_logins(open_browser: OpenBrowser, method: str, path: str) -> None:
    browser = open_browser()
    await register(browser)
    key = (await make_key(browser)).json()["key"]
    bodies = {
        "/api/api-keys": {"name": "Another"},
        "/api/auth/register": {"email": "a@example.com", "password": "four unrelated words"},
        "/api/auth/login": {"email": "a@example.com", "password": "four unrelated words"},
        "/api/auth/password": {"currentPassword": "x", "newPassword": "four unrelated words"},
    }

    body = bodies.get(path) if method == "POST" else None
    answer = await open_browser().request(method, path, json=body, headers=bearer(key))

    assert (answer.status_code, answer.json()["code"]) == (403, "login-required")


async def test_guests_have_no_keys(browser: httpx.AsyncClient) -> None:
    await start_guest(browser)

    answer = await browser.post("/api/api-keys", json={"name": "Importer"})

    assert (answer.status_code, answer.json()["code"]) == (403, "registration-required")


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"name": ""}, 400),
        ({"name": "x" * 101}, 400),
        ({"scopes": []}, 400),
        ({"scopes": ["admin"]}, 400),
        ({"scopes": "read"}, 400),
        ({"expiresAt": "tomorrow"}, 400),
        ({"expiresAt": "2030-01-01T00:00:00"}, 400),
        ({"key": "mine"}, 400),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, 422),
        ({"expiresAt": "9999-12-31T23:59:59-12:00"}, 422),
        ({"expiresAt": "0001-01-01T00:00:00+12:00"}, 422),
    ],
)
async def test_a_wish_for_a_key_is_checked(browser: httpx.AsyncClient, wish: dict[str, object], status: int) -> None:
    await register(browser)

    answer = await browser.post("/api/api-keys", json={"name": "Importer", **wish})

    assert answer.status_code == status


async def test_somebody_elses_key_is_not_there(open_browser: OpenBrowser, db: AsyncSession) -> None:
    owner, other = open_browser(), open_browser()
    await register(owner)
    made = (await make_key(owner)).json()
    await register(other)

    theirs = await other.delete(f"/api/api-keys/{made['id']}")
    nobodys = await other.delete(f"/api/api-keys/{random_id()}")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"] == nobodys.json()["detail"]
    assert (await db.scalars(select(ApiKey.id))).all() == [UUID(made["id"])]
    assert (await other.get("/api/api-keys")).json()["items"] == []


async def test_keys_come_in_pages_newest_first(browser: httpx.AsyncClient) -> None:
    await register(browser)
    made = [(await make_key(browser, name=f"Key {n}")).json()["id"] for n in range(5)]

    first = (await browser.get("/api/api-keys", params={"limit": 3})).json()
    second = (await browser.get("/api/api-keys", params={"limit": 3, "cursor": first["nextCursor"]})).json()
    foreign = await browser.get("/api/auth/logins", params={"cursor": first["nextCursor"]})

    assert [key["id"] for key in first["items"] + second["items"]] == made[::-1]
    assert second["nextCursor"] is None
    assert foreign.status_code == 422


async def test_making_and_revoking_are_logged_without_the_key(browser: httpx.AsyncClient) -> None:
    await register(browser)

    with capture_logs() as lines:
        made = (await make_key(browser)).json()
        await browser.delete(f"/api/api-keys/{made['id']}")

    events = [line["event"] for line in lines if line["event"].startswith("accounts.")]
    assert events == ["accounts.key_made", "accounts.key_revoked"]
    assert made["key"] not in str(lines)
