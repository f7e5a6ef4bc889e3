"""Browsers of their own: each has its own cookies and its own address, so that no test uses up another's limits."""

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

import httpx
import msgspec
import pytest

from app.asgi import Api, create_app
from app.resources import Resources
from tests.running import running

PASSWORD = "four unrelated words"
OpenBrowser = Callable[..., httpx.AsyncClient]


def some_address() -> str:
    """Return an address nobody else uses."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"


def some_email() -> str:
    """Return an address nobody else uses."""
    return f"{secrets.token_hex(8)}@example.com"


def browser_of(api: Api, base_url: str = "http://testserver", address: str = "") -> httpx.AsyncClient:
    """Return a client with its own cookies and its own network address."""
    transport = httpx.ASGITransport(
        app=api.asgi,  # type: ignore[arg-type]
        raise_app_exceptions=False,
        client=(address or some_address(), 50_000),
    )
    return httpx.AsyncClient(transport=transport, base_url=base_url, headers={"User-Agent": "Tests/1.0"})


@pytest.fixture
async def open_browser(api: Api) -> AsyncGenerator[OpenBrowser]:
    """Return what opens a browser of its own, at an address of its own unless one is given."""
    async with AsyncExitStack() as stack:

        def open_it(address: str = "") -> httpx.AsyncClient:
            browser = browser_of(api, address=address)
            stack.push_async_callback(browser.aclose)
            return browser

        yield open_it


@pytest.fixture
async def browser(open_browser: OpenBrowser) -> httpx.AsyncClient:
    """Return a browser that nobody is signed in with."""
    return open_browser()


@pytest.fixture
async def api_with_limits(resources: Resources) -> AsyncGenerator[Api]:
    """Return an application whose rates are those of production."""
    settings = msgspec.structs.replace(resources.settings, limits_scale=1)
    async with running(create_app(settings, resources)) as api:
        yield api


async def register(browser: httpx.AsyncClient, email: str = "", password: str = PASSWORD) -> httpx.Response:
    """Register in a browser and keep its CSRF token."""
    answer = await browser.post("/api/auth/register", json={"email": email or some_email(), "password": password})
    assert answer.status_code == 201, answer.text
    browser.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
    return answer


async def start_guest(browser: httpx.AsyncClient) -> httpx.Response:
    """Start as a guest in a browser and keep its CSRF token."""
    answer = await browser.post("/api/auth/guest")
    assert answer.status_code == 201, answer.text
    browser.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
    return answer


async def sign_in_as(browser: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    """Sign a browser in and keep its CSRF token."""
    answer = await browser.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    browser.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
    return answer
