"""A homeowner on the page: in a real browser, against a running server, on the public API alone."""

import re
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.journeys.page import walk
from tests.journeys.page.browser import PHONE, Visitor

FIRST_LOAD_BYTES = 60_000
STROKES = {"ArrowRight": 47, "ArrowLeft": 46, "PageUp": 56, "PageDown": 46, "Home": 0, "End": 100}  # starting at 46


async def test_a_newcomer_sees_their_own_room_renovated(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.begin(page, photo)
    await expect(page.locator("#wish-photos img")).to_be_visible()
    await expect(page.locator("#wish-text")).to_have_value(walk.WISH)
    await walk.choose_style(page)
    await walk.order(page)

    await expect(page.locator(".frame-over")).to_contain_text("You may leave")
    await walk.see_pictures(page)
    await expect(walk.slider(page)).to_have_attribute("aria-valuetext", "46 % today, 54 % renovated")
    shown = await page.locator("#stage .compare img").evaluate_all("images => images.map(i => i.naturalWidth)")
    assert len(shown) == 2
    assert min(shown) > 300
    await expect(page.locator(".verdict .pill")).to_contain_text("Room kept")

    await page.click("[data-k=approve]")
    await expect(page.locator("[data-k=approve]")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".var .pill")).to_have_text("Approved")
    await expect(page.locator("#bell-badge")).to_have_text("1")


async def test_one_form_is_enough_for_a_first_picture(guest: Visitor, photo: Path) -> None:
    page = await guest.open()

    await walk.with_picture(page, photo)

    await expect(page.locator(".stage-head h2")).to_have_text("Living room")
    await page.click(".more summary")
    await expect(page.locator(".more p")).to_have_text(walk.WISH)


async def test_the_slider_is_moved_by_keys_alone(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.with_picture(page, photo)
    slider = walk.slider(page)
    await slider.focus()

    for key, value in STROKES.items():
        await slider.press(key)
        await expect(slider).to_have_attribute("aria-valuetext", f"{value} % today, {100 - value} % renovated")


async def test_swatches_are_one_group_of_radios_for_the_keyboard(guest: Visitor) -> None:
    page = await guest.open()
    await walk.begin(page)
    swatches = page.locator("#wish-styles input[type=radio]")
    await swatches.first.focus()
    await page.keyboard.press("Space")

    await page.keyboard.press("ArrowRight")

    await expect(swatches.nth(1)).to_be_checked()
    await expect(swatches.nth(1)).to_be_focused()


async def test_a_variation_starts_from_the_picture_and_is_compared_with_the_photo(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.with_picture(page, photo)

    await walk.order_variation(page, "The back wall in warm clay.", count=2)
    await walk.see_pictures(page, 3)

    await expect(walk.slider(page)).to_be_visible()
    await expect(page.locator(".made")).to_contain_text("picture 1")


async def test_cancelling_stops_the_job(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.begin(page, photo, style=0)

    await page.click("[data-k=cancel]")

    await expect(page.locator(".frame-over h3")).to_have_text("This picture was cancelled")
    jobs = await page.evaluate("async () => (await (await fetch('/api/jobs')).json()).items")
    assert [job["status"] for job in jobs if job["kind"] == "render.generate"] == ["cancelled"]


async def test_what_is_not_a_photo_is_refused_in_words_and_can_be_replaced(
    guest: Visitor, photo: Path, tmp_path: Path
) -> None:
    page = await guest.open()
    await walk.begin(page)
    notes = tmp_path / "notes.jpg"
    notes.write_text("Not a photo at all.")

    await page.set_input_files("[data-k=drop]", notes)
    await expect(page.locator(".toast [role=alert]")).to_be_visible()
    await page.set_input_files("[data-k=drop]", photo)

    await expect(page.locator("#wish-photos .photo img")).to_be_visible()
    guest.complaints.clear()  # the browser logs the refusal, as it should


async def test_registering_keeps_everything(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.with_picture(page, photo)
    email = f"ana-{uuid4().hex[:8]}@example.org"

    await walk.register(page, email)

    await expect(page.locator("#me-h")).to_have_text(email)
    await expect(walk.slider(page)).to_be_visible()
    await walk.order_variation(page, "The same with a darker floor.")
    await walk.see_pictures(page, 2)
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#landing")).to_be_visible()
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="Sign in").click()
    await walk.sign_in(page, email)
    await page.click(".session-i")
    await walk.see_pictures(page, 2)


async def test_a_link_waits_until_its_owner_has_signed_in(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.with_picture(page, photo)
    email = f"ben-{uuid4().hex[:8]}@example.org"
    await walk.register(page, email)
    place = page.url.removeprefix(guest.url)
    await page.close()
    await guest.context.clear_cookies()

    page = await guest.open(place)
    await page.get_by_role("button", name="Sign in").click()
    await walk.sign_in(page, email)

    await expect(walk.slider(page)).to_be_visible()


async def test_a_key_for_programs_is_shown_once(guest: Visitor) -> None:
    page = await guest.open()
    await walk.begin(page)
    await walk.register(page, f"dev-{uuid4().hex[:8]}@example.org")
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="API keys").click()
    await page.fill("dialog.sheet input", "My script")
    await page.click("dialog.sheet button[type=submit]")
    key = await page.locator(".secret code").inner_text()

    answer = await page.request.get(f"{guest.url}/api/sessions", headers={"Authorization": f"Bearer {key}"})

    assert answer.status == 200
    await page.keyboard.press("Escape")
    await page.click("[popovertarget=me-pop]")
    await page.get_by_role("button", name="API keys").click()
    await expect(page.locator(".keys li")).to_contain_text("My script")
    await expect(page.locator(".secret")).to_have_count(0)


async def test_the_inbox_opens_the_room_it_tells_of(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await walk.with_picture(page, photo)
    await page.goto(f"{guest.url}/#/")
    await page.click("#bell")

    await page.click(".inbox-i.is-new")

    await expect(walk.slider(page)).to_be_visible()
    await expect(page.locator("#bell-badge")).to_be_hidden()


async def test_a_reload_keeps_the_view_the_room_and_the_words(guest: Visitor, photo: Path) -> None:
    page = await guest.open()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await walk.begin(page, photo)
    await page.click("[data-k=add-room]")
    await page.click("dialog.sheet button[type=submit]")
    await expect(page.locator(".room[aria-current] b")).to_have_text("Kitchen")
    await page.fill("#wish-text", "Lighter fronts, please.")
    await page.click("#views [data-k=view-room]")

    await page.reload()

    await expect(page.locator(".stage-head h2")).to_have_text("Kitchen")
    await expect(page.locator("#views [aria-current]")).to_have_text("Room")
    await page.click("#views [data-k=view-wish]")
    await expect(page.locator("#wish-text")).to_have_value("Lighter fronts, please.")


async def test_an_edit_made_elsewhere_is_noticed_and_not_overwritten(guest: Visitor) -> None:
    page = await guest.open()
    await walk.begin(page)
    await page.click("[data-k=room-options]")
    await page.fill("dialog.sheet input", "Den")
    await _rename_elsewhere(page, "Library")

    await page.click("dialog.sheet button[type=submit]")

    await expect(page.locator("dialog.sheet [role=alert]")).to_contain_text("Changed in another window")
    await page.get_by_role("button", name="Load the latest").click()
    await expect(page.locator("dialog.sheet input")).to_have_value("Library")
    await page.fill("dialog.sheet input", "Reading room")
    await page.click("dialog.sheet button[type=submit]")
    await expect(page.locator(".stage-head h2")).to_have_text("Reading room")
    guest.complaints.clear()  # the browser logs the refusal, as it should


async def _rename_elsewhere(page: Page, name: str) -> None:
    room = re.search(r"room=([\w-]+)", page.url)
    assert room
    await page.evaluate(
        """async ([room, name]) => {
            const { csrfToken } = await (await fetch('/api/csrf-token')).json();
            const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken };
            await fetch(`/api/rooms/${room}`, { method: 'PATCH', headers, body: JSON.stringify({ name }) });
        }""",
        [room[1], name],
    )


async def test_the_first_load_is_light(guest: Visitor) -> None:
    page = await guest.open()
    await expect(page.locator(".style-card").first).to_be_visible()

    own = [request for request in guest.requests if "/api/" not in request.url]
    sizes = [(await request.sizes())["responseBodySize"] for request in own]

    assert sum(sizes) < FIRST_LOAD_BYTES
