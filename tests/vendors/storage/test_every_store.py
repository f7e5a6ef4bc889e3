"""One suite for every adapter of the port: what holds for the folder holds for the bucket."""

import asyncio
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.vendors.storage import CHUNK_BYTES, FileMissing, Files
from app.vendors.storage.local import LocalFiles
from app.vendors.storage.object_store import ObjectFiles
from tests.standins.s3 import REGION, S3StandIn


@pytest.fixture(params=["local", "s3", "s3 without a prefix"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Files]:
    if request.param == "local":
        yield LocalFiles(tmp_path / "storage")
        return
    with S3StandIn() as vendor:
        config = {"access_key_id": vendor.access_key, "secret_access_key": vendor.secret_key, "region": REGION}
        prefix = "" if "without" in request.param else "/some/prefix"
        yield ObjectFiles(f"s3://{vendor.bucket}{prefix}", vendor.url, config)


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def keys(files: Files, prefix: str) -> list[str]:
    return sorted([file.key async for file in files.list(prefix)])


async def test_what_was_put_comes_back(files: Files) -> None:
    await files.put("assets/a-1/w640.webp", b"picture")

    assert await files.get("assets/a-1/w640.webp") == b"picture"


async def test_a_second_put_replaces_the_first(files: Files) -> None:
    await files.put("a/b", b"a longer first one")
    await files.put("a/b", b"second")

    assert await files.get("a/b") == b"second"
    assert await keys(files, "") == ["a/b"]


async def test_an_empty_file_is_a_file(files: Files) -> None:
    await files.put("empty", b"")

    assert await files.get("empty") == b""
    assert await joined(files.read("empty")) == b""
    assert await joined(files.read("empty", 0, 10)) == b""


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, None), (0, 1), (3, 7), (5, None), (0, 10), (0, 99), (9, 99), (10, None), (10, 20), (50, 60), (4, 4), (7, 3)],
)
async def test_a_range_is_cut_to_the_file(files: Files, start: int, end: int | None) -> None:
    data = b"0123456789"
    await files.put("ten", data)

    assert await joined(files.read("ten", start, end)) == data[start:end]


async def test_a_large_file_comes_in_small_chunks(files: Files) -> None:
    data = bytes(range(256)) * 4_096 + b"tail"
    await files.put("large", data)

    chunks = [chunk async for chunk in files.read("large")]

    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= CHUNK_BYTES
    assert await joined(files.read("large", 300_000, 700_001)) == data[300_000:700_001]


async def test_reading_may_stop_early(files: Files) -> None:
    await files.put("large", b"x" * CHUNK_BYTES * 3)

    async for chunk in files.read("large"):
        assert chunk
        break

    await files.delete("large")


async def test_a_missing_file_is_missing(files: Files) -> None:
    await files.put("a/b", b"x")

    for key in ("nothing", "a", "a/b/c", "a/c"):
        with pytest.raises(FileMissing):
            await files.get(key)
        for start, end in ((0, None), (2, 4), (3, 3)):
            with pytest.raises(FileMissing):
                await joined(files.read(key, start, end))


async def test_deleting_is_done_once_or_twice(files: Files) -> None:
    for key in ("a/1", "a/2", "a/3", "b"):
        await files.put(key, b"x")

    await files.delete("a/1", "a/2", "not/there")
    await files.delete("a/1", "a/2")
    await files.delete("b")
    await files.delete("b")
    await files.delete()

    assert await keys(files, "") == ["a/3"]


async def test_a_folder_lists_what_is_below_it(files: Files) -> None:
    names = [f"renders/{render}/{name}" for render in ("r1", "r11") for name in ("a.png", "b.png", "deep/c.png")]
    for name in [*names, "renders-old/x", "other"]:
        await files.put(name, b"12345")

    assert await keys(files, "renders/r1") == ["renders/r1/a.png", "renders/r1/b.png", "renders/r1/deep/c.png"]
    assert await keys(files, "renders/") == sorted(names)
    assert await keys(files, "nothing/here") == []
    assert len(await keys(files, "")) == 8


async def test_a_listing_tells_size_and_time(files: Files) -> None:
    await files.put("one", b"12345")

    [file] = [file async for file in files.list("")]

    assert file.size_bytes == 5
    assert abs(datetime.now(UTC) - file.modified_at) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".", "..", ".partial/x", "a/.hidden", "a\\b", "a b", "a\0b",
     "a\nb", "ä", "a%2f..", "x" * 501],
)  # fmt: skip
async def test_a_key_that_is_no_path_of_plain_names_is_a_bug(files: Files, key: str) -> None:
    with pytest.raises(ValueError, match="storage key"):
        await files.put(key, b"x")
    with pytest.raises(ValueError, match="storage key"):
        await files.get(key)
    with pytest.raises(ValueError, match="storage key"):
        await joined(files.read(key))
    with pytest.raises(ValueError, match="storage key"):
        await files.delete("fine", key)


async def test_puts_and_deletes_at_once_never_show_half_a_file(files: Files) -> None:
    versions = [bytes([number]) * 50_000 for number in range(8)]

    async def look() -> None:
        for _ in range(10):
            try:
                assert await files.get("same/key") in versions
            except FileMissing:
                await asyncio.sleep(0)

    writes = [files.put("same/key", version) for version in versions]
    deletes = [files.delete("same/key") for _ in range(4)]
    await asyncio.gather(*writes, look(), *deletes, look())
    await files.put("same/key", versions[3])

    assert await files.get("same/key") == versions[3]
    assert await keys(files, "") == ["same/key"]


async def test_a_working_store_is_ready(files: Files) -> None:
    await files.check()

    assert await keys(files, "") == []
