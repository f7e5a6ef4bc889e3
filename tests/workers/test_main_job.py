"""The main job through real processes: a photo in, a picture out, told live, kept clean."""

import asyncio
import io
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from PIL import Image

from bench.chaos.six import six_renders
from tests.factories_pictures import by_name
from tests.live import LiveServer
from tests.workers.visitor import Event, Visitor


@pytest.fixture
async def visitor(live_server: LiveServer) -> AsyncGenerator[Visitor]:
    """Return a guest with a room."""
    visitor = Visitor(live_server.url)
    await visitor.arrive()
    yield visitor
    await visitor.http.aclose()


async def collect(visitor: Visitor, last: str, seen: list[Event], listening: asyncio.Event) -> None:
    """Note every event until one of a name comes."""
    async with visitor.listening() as stream:
        listening.set()
        async for event in stream:
            seen.append(event)
            if event.name == last:
                return


async def test_a_guests_photo_becomes_a_picture(visitor: Visitor) -> None:
    seen: list[Event] = []
    listening = asyncio.Event()
    watching = asyncio.create_task(collect(visitor, "notification:new", seen, listening))
    await listening.wait()

    base_id = await visitor.upload(by_name("photo from a phone").data)
    promised = await visitor.ask_for_render()  # the photo is still being worked on
    job = await visitor.end_of(promised["jobId"])
    await asyncio.wait_for(watching, 10)

    assert (job["status"], job["attempts"], job["crashes"]) == ("succeeded", 0, 0)
    render = await visitor.get(f"/api/renders/{promised['renderId']}")
    assert (render["status"], render["baseAssetId"]) == ("ready", base_id)
    assert render["structureScore"] > 0.7
    await picture_is_like_the_photo(visitor, render["assetId"], base_id)
    told = [event.data for event in seen if event.data.get("renderId") == promised["renderId"]]
    stages = [data["stage"] for data in told if "stage" in data]
    assert list(dict.fromkeys(stages)) == ["queued", "generating", "uploading", "finalizing"]
    names = [event.name for event in seen if event.name.startswith("render:") and event.name != "render:progress"]
    assert names == ["render:started", "render:complete"]
    assert all("at" in event.data and "sessionId" in event.data for event in seen)


async def picture_is_like_the_photo(visitor: Visitor, asset_id: str, base_id: str) -> None:
    """Demand a decodable picture of the photo's shape, without metadata."""
    answer = await visitor.http.get(f"/api/assets/{asset_id}/content")
    assert answer.headers["content-type"].startswith("image/")
    picture = Image.open(io.BytesIO(answer.content))
    base = await visitor.get(f"/api/assets/{base_id}")
    assert abs(picture.width / picture.height - base["widthPx"] / base["heightPx"]) < 0.02
    assert not picture.getexif()


async def test_a_client_that_drops_its_stream_sees_every_event_once_in_order(visitor: Visitor) -> None:
    async with visitor.listening() as stream:
        await visitor.upload(by_name("progressive photo").data)
        first = await anext(stream)
        whole = [first]
        watching = asyncio.create_task(collect_rest(stream, whole))
        pieces, broken = [first], first.id
        for _ in range(3):  # meanwhile another client hangs up after each few events and comes back
            await visitor.ask_for_render(mode="from_scratch")
            async with visitor.listening(broken) as again:
                for _ in range(3):
                    pieces.append(await asyncio.wait_for(anext(again), 20))
                broken = pieces[-1].id
        await visitor.until("/api/jobs?limit=50", all_over, 60)
        async with visitor.listening(broken) as last:
            while pieces[-1].id != whole[-1].id or len(pieces) < len(whole):
                pieces.append(await asyncio.wait_for(anext(last), 10))
        watching.cancel()

    assert [event.id for event in pieces] == [event.id for event in whole]
    assert len({event.id for event in pieces}) == len(pieces)


def all_over(page: Any) -> bool:
    """Whether every job of a page is over."""
    return all(job["isTerminal"] for job in page["items"])


async def collect_rest(stream: AsyncGenerator[Event], seen: list[Event]) -> None:
    """Note every event for ever."""
    async for event in stream:
        seen.append(event)


async def test_an_id_nobody_gave_out_is_answered_with_one_reset(visitor: Visitor) -> None:
    async with visitor.listening("0badcafe-1-0") as stream:
        reset = await anext(stream)
        await visitor.upload(by_name("progressive photo").data)
        following = await anext(stream)

    assert (reset.name, reset.id) == ("stream:reset", "")
    assert following.id


async def test_every_heavy_worker_killed_in_the_middle_of_six_renders(live_server: LiveServer) -> None:
    verdict = await six_renders(live_server.url, live_server.data_dir, live_server.process.pid, short=True)

    assert verdict.passed, verdict.line()
    assert verdict.faults >= 1
