"""A Chromium for the page's tests, and a new visitor for each."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.page.browser import Visitor, open_browser, photograph, visitor
from tests.live import LiveServer


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """Lend one Chromium to every test here."""
    async with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
async def photo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a photo of a living room."""
    return await photograph(browser, tmp_path_factory.mktemp("photos") / "living-room.jpg")


@pytest.fixture
async def guest(browser: Browser, live_server: LiveServer) -> AsyncGenerator[Visitor]:
    """Lend a browser of somebody new, and see afterwards that the page itself had nothing to complain about."""
    async with visitor(browser, live_server.url) as guest:
        yield guest
    assert guest.complaints == []
    assert guest.strangers() == []
