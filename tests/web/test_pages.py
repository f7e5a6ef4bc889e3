"""The page: its files, how browsers keep them, and that nothing else can be had there."""

import gzip
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from app.asgi import create_app
from app.web.pages import FOLDER, static_files
from tests.web import probe

PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
async def page(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the real application, of which nothing but the page is used."""
    api = create_app(probe.make_settings())
    app = probe.shelled(api.app, probe.make_settings())
    async with probe.client_of(app, **PLAIN) as client:
        yield client


async def test_the_page_is_there_for_everybody(page: httpx.AsyncClient) -> None:
    answer = await page.get("/")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.content == (FOLDER / "index.html").read_bytes()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


async def test_every_file_the_page_names_is_served_as_what_it_is(page: httpx.AsyncClient) -> None:
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    named = re.findall(r'(?:src|href)="(/page/[^"#?]+)"', (FOLDER / "index.html").read_text())
    files = [f"/page/{name}" for name in static_files()]

    answers = {path: await page.get(path) for path in {*named, *files}}

    assert len(named) >= 3
    assert {path for path, answer in answers.items() if answer.status_code != 200} == set()
    for path, answer in answers.items():
        assert answer.content == (FOLDER / path.removeprefix("/page/")).read_bytes()
        assert answer.headers["content-type"] == kinds.get(path.rpartition(".")[2], "text/html; charset=utf-8")


async def test_a_browser_that_takes_gzip_is_sent_less(page: httpx.AsyncClient) -> None:
    plain = await page.get("/page/app.js")
    async with page.stream("GET", "/page/app.js", headers={"Accept-Encoding": "br, gzip;q=0.8"}) as zipped:
        sent = b"".join([chunk async for chunk in zipped.aiter_raw()])

    assert (zipped.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert gzip.decompress(sent) == plain.content
    assert len(sent) < len(plain.content)
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert zipped.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.0, br", "gzippy"])
async def test_nobody_is_sent_what_they_do_not_take(page: httpx.AsyncClient, accepted: str) -> None:
    answer = await page.get("/page/app.js", headers={"Accept-Encoding": accepted})

    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
async def test_what_a_browser_has_is_not_sent_again(page: httpx.AsyncClient, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    etag = (await page.get("/", headers=headers)).headers["etag"]

    same = await page.get("/", headers=headers | {"If-None-Match": f'"x", {etag}'})
    other = await page.get("/", headers=headers | {"If-None-Match": '"x"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert "content-security-policy" in same.headers
    assert other.status_code == 200


async def test_head_tells_the_size(page: httpx.AsyncClient) -> None:
    answer = await page.head("/page/app.js")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str((FOLDER / "app.js").stat().st_size)


async def test_browsers_find_an_icon_unasked(page: httpx.AsyncClient) -> None:
    answer = await page.get("/favicon.ico")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize(
    "path",
    [
        "/page/nothing.js",
        "/page/",
        "/page/views",
        "/page/../pages.py",
        "/page/%2e%2e/pages.py",
        "/page/..%2fpages.py",
        "/page//etc/passwd",
        "/page/%00",
        "/page/.hidden",
    ],
)
async def test_nothing_else_can_be_had(page: httpx.AsyncClient, path: str) -> None:
    answer = await page.get(path)

    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
