import asyncio
from collections.abc import AsyncIterator, Generator

import pytest

from app.vendors import Unavailable
from app.vendors.storage import FileMissing
from app.vendors.storage.object_store import ObjectFiles
from tests.standins.s3 import REGION, S3StandIn, denied, internal_error, slow_down
from tests.standins.server import Step, cut_after, garbage, hang, hang_after, html, reset

DATA = bytes(range(256)) * 2_000


@pytest.fixture
def vendor() -> Generator[S3StandIn]:
    with S3StandIn() as vendor:
        yield vendor


@pytest.fixture
def files(vendor: S3StandIn) -> ObjectFiles:
    return adapter(vendor)


def adapter(vendor: S3StandIn, limit_s: float = 20, **changed: str) -> ObjectFiles:
    config = {"access_key_id": vendor.access_key, "secret_access_key": vendor.secret_key, "region": REGION, **changed}
    return ObjectFiles(f"s3://{vendor.bucket}/files", vendor.url, config, limit_s)


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_a_file_is_one_signed_put(vendor: S3StandIn, files: ObjectFiles) -> None:
    await files.put("renders/r1/a.png", DATA * 20)

    assert [(sent.method, sent.path) for sent in vendor.requests] == [("PUT", "/renovation/files/renders/r1/a.png")]
    assert vendor.objects["files/renders/r1/a.png"][0] == DATA * 20


async def test_a_long_listing_is_read_page_by_page(vendor: S3StandIn, files: ObjectFiles) -> None:
    for number in range(10):
        await files.put(f"a/{number}", b"x")

    assert len([file async for file in files.list("a")]) == 10


async def test_many_are_deleted_in_one_request(vendor: S3StandIn, files: ObjectFiles) -> None:
    for key in ("a", "b", "c"):
        await files.put(key, b"x")
    vendor.requests.clear()

    await files.delete("a", "b", "c")

    assert vendor.objects == {}
    assert [(sent.method, sent.query) for sent in vendor.requests] == [("POST", {"delete": ""})]


@pytest.mark.parametrize("step", [slow_down(), internal_error(), reset(), html(502)], ids=str)
async def test_a_hiccup_is_ridden_out(vendor: S3StandIn, files: ObjectFiles, step: Step) -> None:
    vendor.next(step)
    await files.put("a", DATA)
    vendor.next(step)
    assert await files.get("a") == DATA
    vendor.next(step)
    assert [file.key async for file in files.list("")] == ["a"]
    vendor.next(step)
    await files.delete("a", "b")

    assert vendor.objects == {}


@pytest.mark.parametrize("step", [cut_after(300_000), cut_after(1)], ids=str)
async def test_a_download_cut_in_its_middle_is_taken_up_again(
    vendor: S3StandIn, files: ObjectFiles, step: Step
) -> None:
    await files.put("a", DATA)

    vendor.next(step)
    assert await files.get("a") == DATA
    vendor.next(step)
    assert await joined(files.read("a")) == DATA


@pytest.mark.parametrize("step", [slow_down(), internal_error(), reset(), html(503)], ids=str)
async def test_a_store_that_stays_away_is_unavailable(vendor: S3StandIn, files: ObjectFiles, step: Step) -> None:
    await files.put("a", DATA)
    vendor.always(step)
    vendor.requests.clear()

    with pytest.raises(Unavailable):
        await files.put("a", b"x")
    assert len(vendor.requests) <= 4
    for reading in (files.get("a"), joined(files.read("a")), files.delete("a"), files.delete("a", "b"), files.check()):
        with pytest.raises(Unavailable):
            await reading

    assert vendor.objects["files/a"][0] == DATA


@pytest.mark.parametrize("step", [hang(), hang_after(1_000)], ids=str)
async def test_a_hang_is_cut(vendor: S3StandIn, step: Step) -> None:
    files = adapter(vendor, limit_s=0.5)
    await files.put("a", DATA)
    vendor.always(step)
    started = asyncio.get_running_loop().time()

    for reading in (files.get("a"), joined(files.read("a")), joined(files.read("a", 5, 100_000))):
        with pytest.raises(Unavailable):
            await reading

    assert asyncio.get_running_loop().time() - started < 4


async def test_one_silent_answer_is_asked_again(vendor: S3StandIn) -> None:
    files = adapter(vendor, limit_s=3)
    vendor.next(hang())

    await files.put("a", DATA)

    assert vendor.objects["files/a"][0] == DATA


async def test_a_cancelled_call_hangs_up(vendor: S3StandIn, files: ObjectFiles) -> None:
    vendor.next(hang())
    putting = asyncio.create_task(files.put("a", b"x"))
    await vendor.until(lambda: len(vendor.requests) == 1)

    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    await vendor.until(lambda: vendor.requests[0].left, within_s=1)


@pytest.mark.parametrize("changed", [{"secret_access_key": "wrong"}, {"access_key_id": "nobody"}])
async def test_wrong_credentials_are_a_matter_of_setup(vendor: S3StandIn, changed: dict[str, str]) -> None:
    files = adapter(vendor, 20, **changed)

    for call in (files.put("a", b"x"), files.get("a"), files.check()):
        with pytest.raises(Unavailable) as failure:
            await call
        assert failure.value.code == "storage-auth"
        assert "Credential" not in str(failure.value)
    assert vendor.objects == {}


async def test_a_refused_request_is_not_repeated(vendor: S3StandIn, files: ObjectFiles) -> None:
    vendor.always(denied())

    with pytest.raises(Unavailable):
        await files.put("a", b"x")

    assert len(vendor.requests) == 1


async def test_a_missing_bucket_is_not_ready(vendor: S3StandIn) -> None:
    config = {"access_key_id": vendor.access_key, "secret_access_key": vendor.secret_key, "region": REGION}
    files = ObjectFiles("s3://elsewhere", vendor.url, config)

    with pytest.raises(Unavailable):
        await files.check()


async def test_a_listing_that_is_garbage_is_unavailable(vendor: S3StandIn, files: ObjectFiles) -> None:
    vendor.always(garbage())

    with pytest.raises(Unavailable):
        [file async for file in files.list("")]


async def test_nobody_listening_is_unavailable(vendor: S3StandIn) -> None:
    config = {"access_key_id": "a", "secret_access_key": "b", "region": REGION}
    files = ObjectFiles("s3://bucket", "http://127.0.0.1:9", config)

    with pytest.raises(Unavailable):
        await files.get("a")


async def test_a_missing_file_is_asked_for_once(vendor: S3StandIn, files: ObjectFiles) -> None:
    with pytest.raises(FileMissing):
        await files.get("nothing")

    assert len(vendor.requests) == 1
