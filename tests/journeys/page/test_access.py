"""The page for everybody: axe finds nothing, nothing needs a wide window, a mouse or one colour scheme."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.journeys.page import walk
from tests.journeys.page.accessibility import findings, sideways
from tests.journeys.page.browser import PHONE, Visitor


async def test_axe_finds_nothing_on_the_way_to_a_picture(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await expect(page.locator(".style-card").first).to_be_visible()
    found = {"landing": await findings(page)}
    await walk.begin(page)
    found["no photo"] = await findings(page)
    await page.set_input_files("[data-k=drop]", photo)
    await expect(page.locator("#wish-photos [role=progressbar]")).to_have_count(0)
    await walk.choose_style(page)
    found["wish"] = await findings(page)
    await walk.order(page)
    await expect(page.locator(".frame-over")).to_be_visible()
    found["painting"] = await findings(page)
    await walk.see_pictures(page)
    found["picture"] = await findings(page)
    await page.click("[data-k=vary]")
    found["variation"] = await findings(page)

    assert {state: lines for state, lines in found.items() if lines} == {}


PANELS = {
    "account": "[popovertarget=me-pop]",
    "renovations": "[popovertarget=sessions-pop]",
    "connection": "#conn",
    "inbox": "#bell",
    "add a room": "[data-k=add-room]",
    "about the room": "[data-k=room-options]",
}


@pytest.mark.parametrize("panel", PANELS)
async def test_axe_finds_nothing_in_open_panels(guest: Visitor, panel: str) -> None:
    page = await guest.open()
    await walk.begin(page)

    await page.click(PANELS[panel])
    await expect(page.locator("dialog[open], :popover-open")).to_have_count(1)

    assert await findings(page) == []


async def test_axe_finds_nothing_in_forms_with_complaints(guest: Visitor) -> None:
    page = await guest.open()
    await page.click("#start-go")
    await expect(page.locator("#start-text")).to_be_focused()
    found = await findings(page)
    await walk.begin(page)
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="Keep my work").click()
    await page.click("dialog.sheet button[type=submit]")
    await expect(page.locator("dialog.sheet input[type=email]")).to_be_focused()

    assert found + await findings(page) == []


@pytest.mark.parametrize("width", [320, 390, 900, 1440])
async def test_nothing_is_wider_than_the_window_even_with_large_text(guest: Visitor, photo: Path, width: int) -> None:
    page = await guest.open()
    await page.set_viewport_size({"width": width, "height": 800})
    wide = await _wide_places(page)
    await walk.begin(page, photo)
    await expect(page.locator("#wish-photos img")).to_be_attached()

    wide += await _wide_places(page)

    assert wide == []


async def _wide_places(page: Page) -> list[str]:
    wide: list[str] = []
    for size in ("100%", "200%"):
        await page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        if (pixels := await sideways(page)) > 0:
            wide.append(f"{page.url} at {size}: {pixels} px")
    await page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    return wide


async def test_dark_and_light_follow_the_system_and_the_choice_survives(guest: Visitor) -> None:
    page = await guest.open()
    await page.emulate_media(color_scheme="dark")
    assert await _paper(page) == "rgb(23, 20, 18)"
    await page.click("[popovertarget=me-pop]")

    await page.check("[name=theme][value=light]")
    await page.reload()

    assert await _paper(page) == "rgb(250, 246, 240)"


async def _paper(page: Page) -> str:
    return await page.evaluate("() => getComputedStyle(document.body).backgroundColor")


async def test_a_newcomer_needs_no_mouse(guest: Visitor) -> None:
    page = await guest.open()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await expect(page.locator(".style-card").first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.locator("#skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()

    await _tab_to(page, "start-text")
    await page.keyboard.type(walk.WISH)
    await _tab_to(page, "start-go")
    await page.keyboard.press("Enter")

    await expect(page.locator("#workspace")).to_be_visible()


async def _tab_to(page: Page, id_: str) -> None:
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("() => document.activeElement.id") == id_:
            return
    pytest.fail(f"No way to #{id_} by the Tab key.")
