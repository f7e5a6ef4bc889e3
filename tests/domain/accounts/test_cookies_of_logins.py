from collections.abc import AsyncGenerator

import msgspec
import pytest

from app.asgi import Api, create_app
from app.resources import Resources
from tests.domain.accounts.conftest import browser_of
from tests.running import running


def flags_of(set_cookie: str) -> tuple[str, set[str]]:
    """Return a cookie's name and its attributes."""
    pair, *attributes = set_cookie.split(";")
    return pair.partition("=")[0], {attribute.strip().lower() for attribute in attributes}


@pytest.fixture
async def secure_api(resources: Resources) -> AsyncGenerator[Api]:
    """Return an application people reach over https."""
    settings = msgspec.structs.replace(resources.settings, public_url="https://renovation.example")
    async with running(create_app(settings, resources)) as api:
        yield api


async def test_over_http_the_cookie_is_out_of_reach_of_scripts_and_other_sites(api: Api) -> None:
    async with browser_of(api) as browser:
        answer = await browser.post("/api/auth/guest")

    name, flags = flags_of(answer.headers["set-cookie"])
    assert name == "session"
    assert flags == {"httponly", "samesite=lax", "path=/", "max-age=2592000"}


async def test_over_https_the_cookie_is_bound_to_the_host(secure_api: Api) -> None:
    async with browser_of(secure_api, "https://renovation.example") as browser:
        answer = await browser.post("/api/auth/guest")
        token = answer.json()["csrfToken"]
        me = await browser.get("/api/auth/me")
        out = await browser.post("/api/auth/logout", headers={"X-CSRF-Token": token})

    name, flags = flags_of(answer.headers["set-cookie"])
    assert name == "__Host-session"
    assert flags == {"httponly", "secure", "samesite=lax", "path=/", "max-age=2592000"}
    assert me.status_code == 200
    name, flags = flags_of(out.headers["set-cookie"])
    assert name == "__Host-session"
    assert flags == {"httponly", "secure", "samesite=lax", "path=/", "max-age=0"}


async def test_over_https_the_plain_cookie_name_counts_for_nothing(secure_api: Api) -> None:
    async with browser_of(secure_api, "https://renovation.example") as browser:
        await browser.post("/api/auth/guest")
        token = browser.cookies["__Host-session"]
        browser.cookies.clear()
        answer = await browser.get("/api/auth/me", headers={"Cookie": f"session={token}"})

    assert answer.status_code == 401
