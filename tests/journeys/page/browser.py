"""A real Chromium, and what one visitor's browser has asked for and complained about."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    async_playwright,
    expect,
)

from tests.optional import left_out

expect.set_options(timeout=20_000)  # a bound, not a promise: the machine may have other work
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DRAWN_ROOM = Path(__file__).parents[3] / "app/web/page/hero-today.svg"


def chromium() -> str:
    """Return where a Chromium is. Skips the test where there is none, and fails it with REQUIRE_ALL=1."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        left_out("No Chromium on the PATH, and no path of one in CHROMIUM: the page's tests are left out.")
    return found


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Browser]:
    """Start Chromium without a window."""
    path = chromium()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to sandbox itself for root
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


class Visitor:
    """One person's browser: its tabs share cookies and storage."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url.rstrip("/")
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        context.on("request", self._asked)
        context.on("console", self._heard)
        context.on("weberror", self._failed)

    async def open(self, path: str = "/") -> Page:
        """Open a tab."""
        page = await self.context.new_page()
        await page.goto(f"{self.url}{path}")
        return page

    def streams(self) -> list[str]:
        """Return the address of every event stream that was opened, oldest first."""
        return [request.url for request in self.requests if urlsplit(request.url).path == "/api/events"]

    def strangers(self) -> list[str]:
        """Return what was asked of anybody but our own server."""
        addresses = [request.url for request in self.requests]
        return [address for address in addresses if not address.startswith((self.url, "blob:", "data:"))]

    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _heard(self, message: ConsoleMessage) -> None:
        # Being nobody yet is how a first visit begins: "who am I" is then answered 401, and Chromium logs that.
        if message.type in ("error", "warning") and "401" not in message.text:
            self.complaints.append(message.text)

    def _failed(self, failure: WebError) -> None:
        self.complaints.append(str(failure.error))


@asynccontextmanager
async def visitor(browser: Browser, url: str) -> AsyncGenerator[Visitor]:
    """Lend a browser nobody has used, without motion, so that nothing has to be waited for but the work itself."""
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce", locale="en-US")  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    yield Visitor(context, url)
    await context.close()


async def photograph(browser: Browser, path: Path) -> Path:
    """Take a picture of a drawn living room, as a phone would save it."""
    page = await browser.new_page(viewport={"width": 1200, "height": 900})
    drawing = DRAWN_ROOM.read_text().replace('width="720" height="720"', 'width="1200" height="1200"')
    await page.set_content(f'<body style="margin:0;overflow:hidden"><div style="margin-top:-150px">{drawing}</div>')
    await page.screenshot(path=path, type="jpeg", quality=88)
    await page.close()
    return path
