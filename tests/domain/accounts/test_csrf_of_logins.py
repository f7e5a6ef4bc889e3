import secrets

import httpx
import pytest

from app.resources import Resources
from app.web import csrf
from tests.domain.accounts.conftest import PASSWORD, OpenBrowser, register, some_email, start_guest


@pytest.mark.parametrize("token", [None, "", "wrong", "x" * 64, "é" * 64, "x" * 10_000])
async def test_a_cookie_alone_changes_nothing(browser: httpx.AsyncClient, token: str | None) -> None:
    await start_guest(browser)
    del browser.headers["X-CSRF-Token"]
    headers = {} if token is None else {b"X-CSRF-Token": token.encode("latin-1")}

    answer = await browser.patch("/api/me", json={"displayName": "Eve"}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf-failed")
    assert (await browser.get("/api/auth/me")).json()["displayName"] is None


async def test_a_token_of_another_login_is_worthless(open_browser: OpenBrowser) -> None:
    victim, attacker = open_browser(), open_browser()
    await start_guest(victim)
    attackers = (await start_guest(attacker)).json()["csrfToken"]

    answer = await victim.patch("/api/me", json={"displayName": "Eve"}, headers={"X-CSRF-Token": attackers})

    assert answer.status_code == 403


async def test_a_token_of_the_guest_dies_with_registering(browser: httpx.AsyncClient) -> None:
    old = (await start_guest(browser)).json()["csrfToken"]
    await register(browser)

    answer = await browser.patch("/api/me", json={}, headers={"X-CSRF-Token": old})

    assert answer.status_code == 403


async def test_a_fresh_token_can_be_asked_for(browser: httpx.AsyncClient) -> None:
    await start_guest(browser)

    token = (await browser.get("/api/csrf-token")).json()["csrfToken"]

    answer = await browser.patch("/api/me", json={}, headers={"X-CSRF-Token": token})
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Cookie": "session=garbage"}, {"Authorization": "Basic eDp5"}])
async def test_a_token_asked_for_by_nobody_opens_nothing(
    open_browser: OpenBrowser, resources: Resources, headers: dict[str, str]
) -> None:
    nobodys = await open_browser().get("/api/csrf-token", headers=headers)

    assert nobodys.status_code == 200
    browser = open_browser()
    await start_guest(browser)
    token = nobodys.json()["csrfToken"]
    assert (await browser.patch("/api/me", json={}, headers={"X-CSRF-Token": token})).status_code == 403
    assert not csrf.verify(token, secrets.token_bytes(32), resources.settings.secret_keys)


@pytest.mark.parametrize("path", ["guest", "register", "login"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
    ],
)
async def test_no_other_site_signs_its_visitors_in(
    browser: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    body = None if path == "guest" else {"email": some_email(), "password": PASSWORD}

    answer = await browser.post(f"/api/auth/{path}", json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site-refused")
    assert "set-cookie" not in answer.headers


async def test_our_own_page_signs_in_without_a_token_with_and_without_a_cookie(browser: httpx.AsyncClient) -> None:
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    body = {"email": some_email(), "password": PASSWORD}

    first = await browser.post("/api/auth/register", json=body, headers=headers)
    second = await browser.post("/api/auth/login", json=body, headers=headers)

    assert (first.status_code, second.status_code) == (201, 200)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16"]
)
async def test_a_plain_form_cannot_sign_in(browser: httpx.AsyncClient, content_type: str) -> None:
    body = f'{{"email": "{some_email()}", "password": "{PASSWORD}"}}'.encode()

    answer = await browser.post("/api/auth/login", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 415
