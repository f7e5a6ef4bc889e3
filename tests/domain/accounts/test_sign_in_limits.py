import asyncio

import pytest

from app.asgi import Api
from app.domain.accounts.passwords import Hashing, SigningInBusy
from tests.domain.accounts.conftest import PASSWORD, OpenBrowser, browser_of, register, some_address, some_email


async def test_an_account_is_tried_ten_times_from_however_many_addresses(
    api_with_limits: Api, open_browser: OpenBrowser
) -> None:
    email = some_email()
    await register(open_browser(), email)
    statuses: list[int] = []

    for attempt in range(10):
        async with browser_of(api_with_limits) as browser:
            written = email.upper() if attempt % 2 else email
            answer = await browser.post("/api/auth/login", json={"email": written, "password": "wrong words entirely"})
            statuses.append(answer.status_code)
    async with browser_of(api_with_limits) as browser:
        locked = await browser.post("/api/auth/login", json={"email": email, "password": PASSWORD})

    assert statuses == [401] * 10
    assert (locked.status_code, locked.json()["code"]) == (429, "rate-limited")
    assert 0 < int(locked.headers["retry-after"]) <= 900


async def test_an_address_tries_ten_accounts(api_with_limits: Api) -> None:
    async with browser_of(api_with_limits) as browser:
        answers = [
            await browser.post("/api/auth/login", json={"email": some_email(), "password": PASSWORD}) for _ in range(11)
        ]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert "RateLimit" in answers[0].headers
    assert int(answers[10].headers["retry-after"]) > 0


async def test_an_address_starts_sixty_guests_an_hour_and_coming_back_is_free(api_with_limits: Api) -> None:
    address = some_address()
    async with browser_of(api_with_limits, address=address) as browser:
        returning = [await browser.post("/api/auth/guest") for _ in range(3)]
    statuses: list[int] = []
    for _ in range(60):
        async with browser_of(api_with_limits, address=address) as browser:
            statuses.append((await browser.post("/api/auth/guest")).status_code)

    assert [answer.status_code for answer in returning] == [201, 200, 200]
    assert statuses == [201] * 59 + [429]


async def test_more_passwords_at_once_than_can_wait_are_refused() -> None:
    hashing = Hashing(threads=1, waiting=3)
    stored = await hashing.hash(PASSWORD)

    outcomes = await asyncio.gather(*(hashing.verify(stored, PASSWORD) for _ in range(10)), return_exceptions=True)

    busy = [outcome for outcome in outcomes if isinstance(outcome, SigningInBusy)]
    assert len(busy) == 6
    assert busy[0].headers["Retry-After"] == "2"
    assert (await hashing.verify(stored, PASSWORD)).matches


async def test_whoever_stops_waiting_leaves_the_queue() -> None:
    hashing = Hashing(threads=1, waiting=1)
    stored = await hashing.hash(PASSWORD)

    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hashing.verify(stored, PASSWORD), 0.001)

    await asyncio.sleep(0.1)
    assert (await hashing.verify(stored, PASSWORD)).matches


async def test_hashing_leaves_the_loop_free() -> None:
    hashing = Hashing()
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(hashing.hash(PASSWORD) for _ in range(20)))
    watching.cancel()

    assert longest < 0.3
