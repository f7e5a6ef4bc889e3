"""Stored bytes as an answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Request, Response, get
from litestar.datastructures import State

from app.vendors.storage import CHUNK_BYTES
from app.vendors.storage.local import LocalFiles
from app.web.downloads import IMMUTABLE, Download, disposition
from tests.web import probe
from tests.web.probe import bearer

SMALL = bytes(range(256)) * 4
LARGE = SMALL * 1024  # 1 MiB: sent in pieces
ETAG = '"abc.1"'


@get("/api/files/{name:str}", operation_id="download", media_type="image/webp")
async def download(name: str, request: Request[Any, Any, State]) -> Response[Any]:
    """Download a file."""
    size = {"small": len(SMALL), "large": len(LARGE), "empty": 0}.get(name, 10)
    return await Download(name, size, ETAG, "image/webp", filename="Küche 1.webp").answer(
        request, request.app.state.files
    )


@pytest.fixture
async def files(redis_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = probe.make_settings()
    app = probe.make_app(settings, redis_url, [download])
    app.state.files = LocalFiles(tmp_path)
    for name, content in {"small": SMALL, "large": LARGE, "empty": b""}.items():
        await app.state.files.put(name, content)
    async with probe.client_of(probe.shelled(app, settings), **bearer()) as client:
        yield client
    await app.state.limiter.close()


@pytest.mark.parametrize(("name", "content"), [("small", SMALL), ("large", LARGE), ("empty", b"")])
async def test_a_file_is_sent_whole_with_what_a_browser_must_know(
    files: httpx.AsyncClient, name: str, content: bytes
) -> None:
    answer = await files.get(f"/api/files/{name}")

    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["etag"] == ETAG
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == IMMUTABLE
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith(
        "inline; filename=\"K_che 1.webp\"; filename*=UTF-8''K%C3%BC"
    )


SIZE = len(LARGE)
RANGES: list[tuple[str, slice | None]] = [
    ("bytes=0-0", slice(0, 1)),
    ("bytes=0-99", slice(0, 100)),
    ("bytes=100-", slice(100, SIZE)),
    ("bytes=-5", slice(SIZE - 5, SIZE)),
    (f"bytes=-{SIZE * 2}", slice(0, SIZE)),
    (f"bytes={SIZE - 1}-{SIZE * 9}", slice(SIZE - 1, SIZE)),
    (f"bytes=1-{CHUNK_BYTES * 2}", slice(1, CHUNK_BYTES * 2 + 1)),
    ("bytes=0-1,5-6", None),
    ("bytes=5-1", None),
    ("bytes=-", None),
    ("bytes=x-y", None),
    ("lines=1-2", None),
    (f"bytes={'9' * 30}-", None),
]


@pytest.mark.parametrize(("header", "part"), RANGES)
async def test_one_range_is_sent_as_a_part_and_anything_else_whole(
    files: httpx.AsyncClient, header: str, part: slice | None
) -> None:
    answer = await files.get("/api/files/large", headers={"Range": header})

    assert answer.content == LARGE[part or slice(None)]
    assert answer.headers["content-length"] == str(len(answer.content))
    if part:
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{SIZE}"
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
async def test_a_range_outside_the_file_is_416(files: httpx.AsyncClient, header: str) -> None:
    answer = await files.get("/api/files/large", headers={"Range": header})

    assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": ETAG, "Range": "bytes=0-1"}, 304),
        ({"If-None-Match": '"old"', "Range": "bytes=0-1"}, 206),
        ({"If-Range": ETAG, "Range": "bytes=0-1"}, 206),
        ({"If-Range": '"old"', "Range": "bytes=0-1"}, 200),
        ({"If-Range": f"W/{ETAG}", "Range": "bytes=0-1"}, 200),
        ({"If-Range": "Sun, 22 Nov 2026 10:00:00 GMT", "Range": "bytes=0-1"}, 200),
    ],
)
async def test_what_the_client_already_has_decides(
    files: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await files.get("/api/files/small", headers=headers)

    assert answer.status_code == status
    assert answer.headers["etag"] == ETAG
    assert answer.headers["cache-control"] == IMMUTABLE


@pytest.mark.parametrize(("name", "size"), [("small", len(SMALL)), ("large", SIZE)])
async def test_head_tells_the_size_and_sends_nothing(files: httpx.AsyncClient, name: str, size: int) -> None:
    answer = await files.head(f"/api/files/{name}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(size)


async def test_a_file_the_store_has_lost_is_404_before_anything_is_sent(files: httpx.AsyncClient) -> None:
    answer = await files.get("/api/files/lost")

    assert (answer.status_code, answer.json()["code"]) == (404, "file-gone")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("", "attachment"),
        ("plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
        ('a"b;c%d.pdf', "attachment; filename=\"a_b_c_d.pdf\"; filename*=UTF-8''a%22b%3Bc%25d.pdf"),
        ("../../etc/x", "attachment; filename=\"_.._etc_x\"; filename*=UTF-8''_.._etc_x"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"a Set-Cookie: x\"; filename*=UTF-8''a%20Set-Cookie%3A%20x"),
        ("Bad €.pdf", "attachment; filename=\"Bad _.pdf\"; filename*=UTF-8''Bad%20%E2%82%AC.pdf"),
    ],
)
def test_a_file_name_cannot_break_out_of_its_header(filename: str, expected: str) -> None:
    assert disposition("attachment", filename) == expected
