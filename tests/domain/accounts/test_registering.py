import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from asyncpg import Record
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import LoginSession, User
from app.domain.accounts.logins import Browser
from app.domain.accounts.schemas import Registration
from app.domain.accounts.service import AccountService, EmailTaken
from app.resources import Resources
from tests.domain.accounts.conftest import PASSWORD, OpenBrowser, register, some_email, start_guest

USER_KEYS = {"id", "role", "email", "emailVerified", "displayName", "locale", "currency", "createdAt"}


async def test_a_guest_is_made_without_a_body_and_signed_in(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/auth/guest")

    assert answer.status_code == 201
    assert set(answer.json()) == {"user", "csrfToken"}
    assert set(answer.json()["user"]) == USER_KEYS
    assert answer.json()["user"] | {"role": "guest", "email": None, "emailVerified": False} == answer.json()["user"]
    assert (await browser.get("/api/auth/me")).json() == answer.json()["user"]


async def test_a_guest_who_comes_back_stays_the_same(browser: httpx.AsyncClient) -> None:
    first = await start_guest(browser)

    again = await browser.post("/api/auth/guest")

    assert again.status_code == 200
    assert again.json()["user"] == first.json()["user"]
    assert "set-cookie" not in again.headers
    answer = await browser.patch("/api/me", json={}, headers={"X-CSRF-Token": again.json()["csrfToken"]})
    assert answer.status_code == 200


async def test_a_guest_with_a_dead_cookie_is_made_anew(browser: httpx.AsyncClient) -> None:
    browser.cookies.set("session", "x" * 43, domain="testserver")

    answer = await browser.post("/api/auth/guest")

    assert answer.status_code == 201


async def test_a_guest_becomes_the_account_with_a_new_cookie(browser: httpx.AsyncClient) -> None:
    guest = await start_guest(browser)
    old_cookie = browser.cookies["session"]

    answer = await register(browser, "Ada@Example.com")

    assert answer.json()["user"]["id"] == guest.json()["user"]["id"]
    assert answer.json()["user"]["role"] == "user"
    assert answer.json()["user"]["email"] == "Ada@Example.com"
    assert browser.cookies["session"] != old_cookie
    stale = await browser.get("/api/auth/me", headers={"Cookie": f"session={old_cookie}"})
    assert stale.status_code == 401


async def test_registering_while_signed_in_makes_another_account(browser: httpx.AsyncClient) -> None:
    first = await register(browser)

    second = await register(browser)

    assert second.json()["user"]["id"] != first.json()["user"]["id"]


async def test_an_address_is_taken_however_it_is_written(open_browser: OpenBrowser) -> None:
    email = some_email()
    await register(open_browser(), email)

    body = {"email": email.upper(), "password": PASSWORD}
    answer = await open_browser().post("/api/auth/register", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@example..com",
        "ada@-example.com",
        ".ada@example.com",
        "ada@example.com\n",
        " ada@example.com",
        "аda@example.com",  # a Cyrillic letter
        "ada@exam\u200bple.com",
        "ﬁ@example.com",
        "ada\u202e@example.com",
        "ada\u0000@example.com",
        "a" * 250 + "@example.com",
        "a" * 50_000,
        7,
        None,
    ],
)
async def test_what_is_no_address_is_refused(browser: httpx.AsyncClient, email: object) -> None:
    answer = await browser.post("/api/auth/register", json={"email": email, "password": PASSWORD})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("password", "status", "code"),
    [
        ("seven77", 422, "password-too-short"),
        ("password", 422, "common-password"),
        ("Password123", 422, "common-password"),
        ("iloveyou", 422, "common-password"),
        ("12345678", 422, "common-password"),
        ("aaaaaaaaaa", 422, "common-password"),
        ("x" * 43 + "yz" * 43, 422, "password-too-long"),
        ("words with a \u0000 in them", 400, "invalid"),
        ("yz" * 600, 400, "invalid"),
    ],
)
async def test_a_bad_password_is_refused(browser: httpx.AsyncClient, password: str, status: int, code: str) -> None:
    answer = await browser.post("/api/auth/register", json={"email": some_email(), "password": password})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert f'"{password}"' not in answer.text


async def test_an_address_is_no_password_for_itself(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(
        "/api/auth/register", json={"email": "lovelace.a@example.com", "password": "Lovelace.A"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "common-password")


@pytest.mark.parametrize("password", ["  kept exactly  ", "Zwölf Boxkämpfer jagen", "word " * 13, "x" * 40 + "yz" * 44])
async def test_a_good_password_is_kept_exactly(open_browser: OpenBrowser, password: str) -> None:
    email = some_email()
    await register(open_browser(), email, password)

    composed = await open_browser().post(
        "/api/auth/login", json={"email": email, "password": unicodedata.normalize("NFD", password)}
    )
    trimmed = await open_browser().post("/api/auth/login", json={"email": email, "password": password.strip()[:-1]})

    assert composed.status_code == 200
    assert trimmed.status_code == 401


@pytest.mark.parametrize("extra", ["role", "isAdmin", "credits", "emailVerified", "id"])
async def test_nobody_registers_with_more_than_is_asked_for(browser: httpx.AsyncClient, extra: str) -> None:
    body = {"email": some_email(), "password": PASSWORD, extra: "admin"}

    answer = await browser.post("/api/auth/register", json=body)

    assert answer.status_code == 400


async def test_a_field_named_twice_is_refused(browser: httpx.AsyncClient) -> None:
    body = f'{{"email": "{some_email()}", "password": "password", "password": "{PASSWORD}"}}'

    answer = await browser.post(
        "/api/auth/register", content=body.encode(), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


async def test_a_password_of_ten_megabytes_is_refused_before_it_is_read(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/auth/register", json={"email": some_email(), "password": "p" * 10_000_000})

    assert answer.status_code == 413


async def test_only_hashes_are_stored(browser: httpx.AsyncClient, db: AsyncSession) -> None:
    answer = await register(browser)

    user = await db.get_one(User, UUID(answer.json()["user"]["id"]))
    login = (await db.scalars(select(LoginSession).where(LoginSession.user_id == user.id))).one()
    assert (user.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(login.token_hash) == 32
    assert browser.cookies["session"].encode() not in login.token_hash
    assert (login.user_agent, login.ip.split(".")[0]) == ("Tests/1.0", "10")


async def test_me_shows_nothing_secret_and_changes_by_name(browser: httpx.AsyncClient) -> None:
    await register(browser)

    body = {"displayName": "Ada", "locale": "de-DE", "currency": "EUR"}
    answer = await browser.patch("/api/me", json=body)

    assert answer.status_code == 200
    assert set(answer.json()) == USER_KEYS
    assert answer.json() == answer.json() | body
    assert (await browser.get("/api/auth/me")).json() == answer.json()
    cleared = await browser.patch("/api/me", json={"displayName": None})
    assert cleared.json()["displayName"] is None
    assert cleared.json()["currency"] == "EUR"


@pytest.mark.parametrize(
    "body",
    [
        {"id": "x"},
        {"role": "admin"},
        {"createdAt": "2020-01-01T00:00:00Z"},
        {"currency": "eur"},
        {"currency": "EUR\n"},
        {"locale": "../../etc"},
        {"locale": None},
        {"displayName": ""},
        {"displayName": "a\u0000b"},
        {"displayName": "x" * 101},
    ],
)
async def test_me_changes_nothing_else(browser: httpx.AsyncClient, body: dict[str, object]) -> None:
    await start_guest(browser)

    answer = await browser.patch("/api/me", json=body)

    assert answer.status_code == 400


class Blind:
    """Reads that miss what was registered a moment ago, as two requests at once do."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Record]:
        """Return nothing."""
        return []

    async def fetchrow(self, query: str, *args: Any) -> Record | None:
        """Return nothing."""
        return None


async def test_one_address_registered_twice_at_once_becomes_one_account(
    open_browser: OpenBrowser, db: AsyncSession, resources: Resources
) -> None:
    email = some_email()
    await register(open_browser(), email)
    accounts = AccountService(db, replace(resources, reads=Blind()))

    with pytest.raises(EmailTaken):
        await accounts.register(None, Registration(email.upper(), PASSWORD), Browser("10.0.0.1", "Tests/1.0"))

    assert await db.scalar(select(func.count()).where(User.email_folded == email)) == 1
