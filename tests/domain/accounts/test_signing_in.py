from statistics import median
from time import perf_counter
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from app.db.models import LoginSession, User
from app.domain.accounts.passwords import Hashing
from app.domain.accounts.tokens import new_token
from app.lib.text import fold_email
from tests.domain.accounts.conftest import PASSWORD, OpenBrowser, register, sign_in_as, some_email, start_guest

WEAK_HASH = "$argon2id$v=19$m=1024,t=1,p=1$"


async def test_signing_in_answers_with_the_user_a_token_and_a_cookie(open_browser: OpenBrowser) -> None:
    email = some_email()
    registered = await register(open_browser(), email)
    browser = open_browser()

    answer = await browser.post("/api/auth/login", json={"email": email.upper(), "password": PASSWORD})

    assert answer.status_code == 200
    assert set(answer.json()) == {"user", "csrfToken"}
    assert answer.json()["user"] == registered.json()["user"]
    assert (await browser.get("/api/auth/me")).json() == answer.json()["user"]


async def test_a_planted_cookie_never_becomes_a_login(open_browser: OpenBrowser) -> None:
    email, planted = some_email(), new_token()
    await register(open_browser(), email)
    victim = open_browser()
    victim.cookies.set("session", planted, domain="testserver")

    answer = await sign_in_as(victim, email)

    assert planted not in answer.headers["set-cookie"]
    attacker = await open_browser().get("/api/auth/me", headers={"Cookie": f"session={planted}"})
    assert attacker.status_code == 401


async def test_signing_in_ends_the_login_the_browser_had(open_browser: OpenBrowser) -> None:
    email, browser = some_email(), open_browser()
    await register(browser, email)
    before = browser.cookies["session"]

    await sign_in_as(browser, email)

    assert browser.cookies["session"] != before
    assert (await open_browser().get("/api/auth/me", headers={"Cookie": f"session={before}"})).status_code == 401


async def test_a_copy_of_the_cookie_is_dead_once_its_owner_has_signed_out(open_browser: OpenBrowser) -> None:
    browser, thief = open_browser(), open_browser()
    await register(browser)
    thief.headers["Cookie"] = f"session={browser.cookies['session']}"
    assert (await thief.get("/api/auth/me")).status_code == 200

    answer = await browser.post("/api/auth/logout")

    assert answer.status_code == 204
    assert "session" not in browser.cookies
    assert (await thief.get("/api/auth/me")).status_code == 401
    assert (await thief.get("/api/auth/me")).headers["www-authenticate"] == "Bearer"
    assert (await browser.post("/api/auth/logout")).status_code == 401


@pytest.mark.parametrize("password", ["wrong words entirely", "", "x" * 129, PASSWORD + "x" * 128])
async def test_a_wrong_password_and_an_unknown_address_look_alike(open_browser: OpenBrowser, password: str) -> None:
    email = some_email()
    await register(open_browser(), email)

    known = await open_browser().post("/api/auth/login", json={"email": email, "password": password})
    unknown = await open_browser().post("/api/auth/login", json={"email": some_email(), "password": password})

    assert known.status_code == unknown.status_code == 401
    varying = {"requestId"}
    assert {k: v for k, v in known.json().items() if k not in varying} == {
        k: v for k, v in unknown.json().items() if k not in varying
    }
    assert known.headers.keys() == unknown.headers.keys()
    assert "set-cookie" not in known.headers


async def test_a_long_wrong_ending_is_not_cut_off() -> None:
    hashing = Hashing()
    stored = await hashing.hash("p" * 128)

    verdict = await hashing.verify(stored, "p" * 129)

    assert not verdict.matches


async def test_an_unknown_address_takes_as_long_as_a_wrong_password() -> None:
    hashing = Hashing()
    stored = await hashing.hash(PASSWORD)

    async def took(known: str | None) -> float:
        began = perf_counter()
        await hashing.verify(known, "wrong words entirely")
        return perf_counter() - began

    pairs = [(await took(stored), await took(None)) for _ in range(15)]

    known, unknown = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    assert abs(known - unknown) < max(0.010, known / 3)


async def test_a_weaker_hash_is_replaced_when_its_owner_signs_in(open_browser: OpenBrowser, db: AsyncSession) -> None:
    from argon2 import PasswordHasher

    email = some_email()
    await register(open_browser(), email)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    whose = User.email_folded == fold_email(email)
    await db.execute(update(User).where(whose).values(password_hash=weak))

    await sign_in_as(open_browser(), email)

    stored = await db.scalar(select(User.password_hash).where(whose))
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await sign_in_as(open_browser(), email)


async def test_a_guest_has_no_password_to_sign_in_with(open_browser: OpenBrowser) -> None:
    await start_guest(open_browser())

    answer = await open_browser().post("/api/auth/login", json={"email": "", "password": ""})

    assert answer.status_code == 401


def test_every_cookie_is_another() -> None:
    tokens = {new_token() for _ in range(1_000)}

    assert len(tokens) == 1_000
    assert all(len(token) == 43 for token in tokens)


async def test_what_happens_to_logins_is_logged_without_secrets(open_browser: OpenBrowser) -> None:
    email, browser = some_email(), open_browser()

    with capture_logs() as lines:
        await register(browser, email)
        await browser.post("/api/auth/login", json={"email": email, "password": "wrong words entirely"})
        await sign_in_as(browser, email)
        await browser.post("/api/auth/logout")

    names = [line["event"] for line in lines if line["event"].startswith("accounts.")]
    assert names == ["accounts.registered", "accounts.sign_in_refused", "accounts.signed_in", "accounts.signed_out"]
    assert all("user_id" in line for line in lines if line["event"].startswith("accounts."))
    assert email not in str(lines)
    assert PASSWORD not in str(lines)


async def test_changing_the_password_ends_every_other_login(open_browser: OpenBrowser, db: AsyncSession) -> None:
    email, browser, elsewhere = some_email(), open_browser(), open_browser()
    await register(browser, email)
    await sign_in_as(elsewhere, email)
    before = browser.cookies["session"]

    body = {"currentPassword": PASSWORD, "newPassword": "other unrelated words"}
    answer = await browser.post("/api/auth/password", json=body)

    assert answer.status_code == 200
    assert browser.cookies["session"] != before
    assert (await browser.get("/api/auth/me")).status_code == 200
    assert (await elsewhere.get("/api/auth/me")).status_code == 401
    assert (await open_browser().get("/api/auth/me", headers={"Cookie": f"session={before}"})).status_code == 401
    old = await open_browser().post("/api/auth/login", json={"email": email, "password": PASSWORD})
    assert old.status_code == 401
    await sign_in_as(open_browser(), email, "other unrelated words")
    user_id = UUID(answer.json()["user"]["id"])
    assert len((await db.scalars(select(LoginSession.id).where(LoginSession.user_id == user_id))).all()) == 2


async def test_changing_the_password_needs_the_present_one(open_browser: OpenBrowser) -> None:
    email, browser = some_email(), open_browser()
    await register(browser, email)

    body = {"currentPassword": "wrong words entirely", "newPassword": "other unrelated words"}
    wrong = await browser.post("/api/auth/password", json=body)
    common = await browser.post("/api/auth/password", json={"currentPassword": PASSWORD, "newPassword": "password123"})

    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-password")
    assert (common.status_code, common.json()["code"]) == (422, "common-password")
    assert common.json()["errors"][0]["pointer"] == "/newPassword"
    await sign_in_as(open_browser(), email)


async def test_a_guest_has_no_password_to_change(browser: httpx.AsyncClient) -> None:
    await start_guest(browser)

    body = {"currentPassword": "", "newPassword": "other unrelated words"}
    answer = await browser.post("/api/auth/password", json=body)

    assert (answer.status_code, answer.json()["code"]) == (403, "registration-required")
