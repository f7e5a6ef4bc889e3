"""Many tabs, one stream: who reads it, who takes over, and that nobody misses anything."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.journeys.page import walk
from tests.journeys.page.browser import Visitor
from tests.live import LiveServer

TABS = 7  # one more than a browser keeps connections to one host


async def open_tabs(guest: Visitor, photo: Path) -> list[Page]:
    """Return seven tabs on one room with one picture; the first of them reads the stream."""
    first = await guest.open()
    await walk.with_picture(first, photo)
    place = first.url.removeprefix(guest.url)
    tabs = [first, *[await guest.open(place) for _ in range(TABS - 1)]]
    for tab in tabs:
        await walk.see_pictures(tab, 1)
        await expect(tab.locator("#conn")).to_have_attribute("data-state", "live")
    return tabs


async def test_seven_tabs_share_one_stream_and_all_of_them_follow(
    guest: Visitor, photo: Path, live_server: LiveServer
) -> None:
    tabs = await open_tabs(guest, photo)

    await walk.order_variation(tabs[3], "The back wall in warm clay.", count=2)

    for tab in tabs:
        await walk.see_pictures(tab, 3)
        await expect(tab.locator("#bell-badge")).to_have_text("2")
    assert len(guest.streams()) == 1
    assert live_server.metric("live_streams") == 1


async def test_closing_the_tab_that_reads_hands_the_stream_over(guest: Visitor, photo: Path) -> None:
    tabs = await open_tabs(guest, photo)

    await tabs[0].close()
    await expect(tabs[1].locator("#conn")).to_have_attribute("data-state", "live")
    await walk.order_variation(tabs[-1], "The back wall in warm clay.")

    for tab in tabs[1:]:
        await walk.see_pictures(tab, 2)
    assert len(guest.streams()) == 2
    assert parse_qs(urlsplit(guest.streams()[-1]).query)["lastEventId"]


async def test_what_happens_while_the_line_is_cut_arrives_when_it_is_back(guest: Visitor, photo: Path) -> None:
    tabs = await open_tabs(guest, photo)
    reader, other = tabs[0], tabs[1]
    await other.click("#conn")

    await other.click("#drop")
    await expect(reader.locator("#conn")).to_have_attribute("data-state", "reconnecting")
    await walk.order_variation(reader, "The back wall in warm clay.")

    for tab in tabs:
        await walk.see_pictures(tab, 2)
        await expect(tab.locator("#conn")).to_have_attribute("data-state", "live")
    assert len(guest.streams()) == 2


async def test_an_approval_in_one_tab_shows_in_the_others(guest: Visitor, photo: Path) -> None:
    tabs = await open_tabs(guest, photo)

    await tabs[2].click("[data-k=approve]")

    for tab in tabs:
        await expect(tab.locator("[data-k=approve]")).to_have_attribute("aria-pressed", "true")


async def test_signing_out_in_one_tab_is_seen_in_the_others(guest: Visitor, photo: Path) -> None:
    tabs = await open_tabs(guest, photo)
    await walk.register(tabs[0], f"eva-{uuid4().hex[:8]}@example.org")
    await expect(tabs[-1].locator("#me-h")).to_contain_text("eva-")

    await tabs[0].click("[popovertarget=me-pop]")
    await tabs[0].get_by_role("button", name="Sign out").click()

    for tab in tabs:
        await expect(tab.locator("#landing")).to_be_visible()
        await expect(tab.locator("#bell")).to_be_hidden()
