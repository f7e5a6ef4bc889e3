"""The image vendor misbehaves before the whole product: tried again or failed, with words, never left running."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bench.chaos.six import database_url
from tests.factories_pictures import by_name
from tests.live import LiveServer, whole_product
from tests.standins.gemini import GeminiStandIn, finished, prompt_blocked, quota, refused
from tests.standins.server import Step, cut_after, error, garbage, hang, hang_after, html, reset
from tests.workers.visitor import Visitor

SOON = "UPDATE jobs SET run_after = now(), wake_at = now() WHERE id = $1 AND status = 'queued'"
WAIT = "SELECT extract(epoch FROM run_after - now())::float FROM jobs WHERE id = $1"


@pytest.fixture(scope="module")
def vendor() -> Generator[GeminiStandIn]:
    """Lend the vendor."""
    with GeminiStandIn() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def product(vendor: GeminiStandIn) -> Generator[LiveServer]:
    """Lend a product whose pictures come from the vendor."""
    with tempfile.TemporaryDirectory(prefix="vendor-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: S103 - the servers of root run as somebody who must get in
        with whole_product(Path(folder) / "data", **vendor.environ) as product:
            yield product


@pytest.fixture
async def db(product: LiveServer) -> AsyncGenerator[asyncpg.Connection]:
    """Return a connection to the product's database, to shorten its waiting times."""
    db = await asyncpg.connect(database_url(product.data_dir))
    yield db
    await db.close()


@pytest.fixture
async def visitor(product: LiveServer, vendor: GeminiStandIn) -> AsyncGenerator[Visitor]:
    """Return a guest with a room and a photo of it; the vendor is well again afterwards."""
    visitor = Visitor(product.url)
    await visitor.arrive()
    asset_id = await visitor.upload(by_name("progressive photo").data)
    await visitor.until(f"/api/assets/{asset_id}", is_ready)
    vendor.requests.clear()
    yield visitor
    vendor.behave()
    await visitor.http.aclose()


def is_ready(found: Any) -> bool:
    """Whether what was found is ready."""
    return found["status"] == "ready"


async def put_back(visitor: Visitor, job_id: str, attempts: int) -> Any:
    """Return a job that has failed so often and waits for its next attempt, or is over."""

    def waits(job: Any) -> bool:
        return job["isTerminal"] or (job["status"], job["attempts"]) == ("queued", attempts)

    return await visitor.until(f"/api/jobs/{job_id}", waits)


PASSING = [  # with how long at least nobody asks again
    (error(429, {}, {"Retry-After": "40"}), 35),
    (quota("31s"), 28),
    (error(503), 1),
    (refused(500, "INTERNAL", "internal"), 1),
    (html(), 1),
    (garbage(), 1),
    (finished("STOP", "I would rather talk."), 1),
    (cut_after(2_000), 1),
    (reset(), 1),
]


@pytest.mark.parametrize(("step", "pause_s"), PASSING, ids=str)
async def test_what_may_pass_is_tried_again_and_then_succeeds(
    visitor: Visitor, vendor: GeminiStandIn, db: asyncpg.Connection, step: Step, pause_s: float
) -> None:
    vendor.next(step)
    promised = await visitor.ask_for_render()

    job = await put_back(visitor, promised["jobId"], 1)
    assert (job["status"], job["attempts"]) == ("queued", 1)
    assert job["error"]["message"].endswith(".")
    assert float(await db.fetchval(WAIT, promised["jobId"]) or 0) > pause_s
    await db.execute(SOON, promised["jobId"])
    job = await visitor.end_of(promised["jobId"])

    assert (job["status"], job["attempts"], job["error"]) == ("succeeded", 1, None)
    assert (await visitor.get(f"/api/renders/{promised['renderId']}"))["status"] == "ready"
    assert len(vendor.requests) == 2


@pytest.mark.parametrize("step", [error(503), garbage()], ids=str)
async def test_what_never_passes_ends_as_a_dead_letter_with_words(
    visitor: Visitor, vendor: GeminiStandIn, db: asyncpg.Connection, step: Step
) -> None:
    vendor.always(step)
    promised = await visitor.ask_for_render()
    for attempts in (1, 2):
        await put_back(visitor, promised["jobId"], attempts)
        await db.execute(SOON, promised["jobId"])

    job = await visitor.end_of(promised["jobId"])

    assert (job["status"], job["attempts"], job["deadLetter"]) == ("failed", 3, True)
    render = await visitor.get(f"/api/renders/{promised['renderId']}")
    assert render["status"] == "failed"
    assert render["error"]["message"].endswith(".")
    lines = (await visitor.get("/api/notifications"))["items"]
    assert [line["type"] for line in lines] == ["render_failed"]


@pytest.mark.parametrize("step", [prompt_blocked(), finished("IMAGE_SAFETY"), finished("RECITATION")], ids=str)
async def test_a_refusal_is_final_and_can_be_asked_for_again(
    visitor: Visitor, vendor: GeminiStandIn, step: Step
) -> None:
    vendor.next(step)
    promised = await visitor.ask_for_render()

    job = await visitor.end_of(promised["jobId"])

    assert (job["status"], job["attempts"], job["deadLetter"]) == ("failed", 1, False)
    assert job["error"]["message"].endswith(".")
    assert len(vendor.requests) == 1
    await visitor.post(f"/api/jobs/{promised['jobId']}/retry")
    assert (await visitor.end_of(promised["jobId"]))["status"] == "succeeded"
    assert (await visitor.get(f"/api/renders/{promised['renderId']}"))["status"] == "ready"


@pytest.mark.parametrize("step", [hang(), hang_after(2_000)], ids=str)
async def test_cancelling_hangs_up_on_a_vendor_that_hangs(visitor: Visitor, vendor: GeminiStandIn, step: Step) -> None:
    vendor.next(step)
    promised = await visitor.ask_for_render()
    await vendor.until(lambda: bool(vendor.requests), within_s=20)
    began = asyncio.get_running_loop().time()

    job = await visitor.post(f"/api/jobs/{promised['jobId']}/cancel")
    await vendor.until(lambda: vendor.requests[0].left, within_s=5)

    assert asyncio.get_running_loop().time() - began < 2
    assert job["status"] == "cancelled"
    assert (await visitor.get(f"/api/renders/{promised['renderId']}"))["status"] == "cancelled"
    after = await visitor.ask_for_render()
    assert (await visitor.end_of(after["jobId"]))["status"] == "succeeded"


async def test_one_refused_variation_does_not_take_the_others_along(visitor: Visitor, vendor: GeminiStandIn) -> None:
    vendor.next(finished("IMAGE_SAFETY"))
    promised = await visitor.ask_for_render(variations=3)

    job = await visitor.end_of(promised["jobId"])

    assert job["status"] == "succeeded"
    states = [(await visitor.get(f"/api/renders/{render_id}"))["status"] for render_id in promised["renderIds"]]
    assert sorted(states) == ["failed", "ready", "ready"]
