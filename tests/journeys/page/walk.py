"""A visitor's steps, in the words of the page."""

from pathlib import Path

from playwright.async_api import Locator, Page, expect

WISH = "Our living room feels dark and tired. We would keep the sofa."
PASSWORD = "four unrelated words"
PICTURE_MS = 60_000  # the embedded restyler takes seconds; a busy machine longer


async def begin(page: Page, photo: Path | None = None, wish: str = WISH, style: int | None = None) -> None:
    """Fill in the form on the first page and start."""
    await expect(page.locator(".style-card").first).to_be_visible()
    if style is not None:
        await page.locator(".style-card").nth(style).click()
    if photo:
        await page.set_input_files("#start-photo", photo)
    await page.fill("#start-text", wish)
    await page.click("#start-go")
    await expect(page.locator("#workspace")).to_be_visible()


async def choose_style(page: Page, number: int = 0) -> None:
    """Pick a style by its swatch."""
    await page.locator("#wish-styles .swatch").nth(number).click()


async def order(page: Page) -> None:
    """Ask for the picture."""
    await page.click("#wish-go")


async def order_variation(page: Page, words: str, count: int = 1) -> None:
    """Ask for pictures made from the one on the stage."""
    await page.click("[data-k=vary]")
    await page.fill("#variation-text", words)
    await page.locator(".variation-form .seg label").nth(count - 1).click()
    await page.click(".variation-form button[type=submit]")


def slider(page: Page) -> Locator:
    """Return the range between today and renovated."""
    return page.locator("#stage .compare input[type=range]")


def finished(page: Page) -> Locator:
    """Return the tiles of the pictures that are ready."""
    return page.locator(".var[data-render]:not(.is-waiting)")


async def see_pictures(page: Page, count: int = 1) -> None:
    """Wait until so many pictures are ready."""
    await expect(finished(page)).to_have_count(count, timeout=PICTURE_MS)


async def with_picture(page: Page, photo: Path) -> None:
    """Go the whole way to a first picture."""
    await begin(page, photo, style=0)
    await see_pictures(page)
    await expect(slider(page)).to_be_visible()


async def register(page: Page, email: str) -> None:
    """Keep the guest's work in an account."""
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="Keep my work").click()
    await sign_in(page, email)


async def sign_in(page: Page, email: str) -> None:
    """Fill in the open sheet."""
    await page.fill("dialog.sheet input[type=email]", email)
    await page.fill("dialog.sheet input[type=password]", PASSWORD)
    await page.click("dialog.sheet button[type=submit]")
    await expect(page.locator("dialog.sheet")).to_have_count(0)
