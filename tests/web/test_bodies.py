"""What a request body must look like, and what is said when it does not."""

from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest

from tests.web.probe import OWNER, bearer

JSON = {"Content-Type": "application/json"}
UPLOAD = f"/api/things/{OWNER}/pictures"

HOSTILE_JSON: list[tuple[str, bytes, str]] = [
    ("missing field", b"{}", "/name"),
    ("nothing", b"", ""),
    ("null", b"null", ""),
    ("a list", b"[]", ""),
    ("a text", b'"x"', ""),
    ("wrong type", b'{"name":1}', "/name"),
    ("unknown field", b'{"name":"a","isAdmin":true}', "/isAdmin"),
    ("out of range", b'{"name":"a","size":{"length":0,"width":1}}', "/size/length"),
    ("missing deep", b'{"name":"a","size":{"length":1}}', "/size/width"),
    ("unknown deep", b'{"name":"a","size":{"length":1,"width":2,"h":3}}', "/size/h"),
    ("bad item", b'{"name":"a","tags":["a","' + b"x" * 30 + b'"]}', "/tags/1"),
    ("bad value in a mapping", b'{"name":"a","labels":{"a/b":"' + b"x" * 30 + b'"}}', "/labels"),
    ("NUL", b'{"name":"a\\u0000b"}', "/name"),
    ("lone surrogate", b'{"name":"\\ud800"}', ""),
    ("not UTF-8", b'{"name":"\xff\xfe"}', ""),
    ("overlong UTF-8", b'{"name":"\xc0\xaf"}', ""),
    ("truncated", b'{"name":"a"', ""),
    ("trailing garbage", b'{"name":"a"}x', ""),
    ("byte order mark", b'\xef\xbb\xbf{"name":"a"}', ""),
    ("infinity", b'{"name":"a","count":1e999}', ""),
    ("NaN", b'{"name":"a","count":NaN}', ""),
    ("5,000 digits", b'{"name":"a","count":' + b"9" * 5_000 + b"}", ""),
    ("2**63", b'{"name":"a","count":9223372036854775808}', "/count"),
    ("a number as text", b'{"name":"a","count":"1"}', "/count"),
    ("true as a number", b'{"name":"a","count":true}', "/count"),
    ("unknown enum value", b'{"name":"a","shade":"blue"}', "/shade"),
    ("100,000 lists deep", b"[" * 100_000, ""),
    ("40,000 objects deep", b'{"a":' * 40_000, ""),
]


@pytest.mark.parametrize(("body", "pointer"), [row[1:] for row in HOSTILE_JSON], ids=[row[0] for row in HOSTILE_JSON])
async def test_a_body_that_does_not_match_is_400_and_says_where(
    client: httpx.AsyncClient, body: bytes, pointer: str
) -> None:
    start = perf_counter()

    answer = await client.post("/api/things", content=body, headers=bearer() | {"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid"
    assert pointer in [error["pointer"] for error in problem["errors"]] or not pointer
    assert perf_counter() - start < 0.2


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
        "",
    ],
)
async def test_only_json_in_utf8_is_read_as_json(client: httpx.AsyncClient, content_type: str) -> None:
    headers = bearer() | ({"Content-Type": content_type} if content_type else {})

    answer = await client.post("/api/things", content=b'{"name":"a"}', headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"])
async def test_json_in_utf8_is_accepted_however_it_is_spelt(client: httpx.AsyncClient, content_type: str) -> None:
    headers = bearer() | {"Content-Type": content_type}

    answer = await client.post("/api/things", content='{"name":"Küche","count":-0}'.encode(), headers=headers)

    assert answer.status_code == 201
    assert answer.json()["name"] == "Küche"


async def test_a_body_over_the_limit_is_413_before_it_is_read(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    json = bearer() | {"Content-Type": "application/json"}

    announced = await client.post("/api/things", content=b" " * (256 * 1024 + 1), headers=json)
    streamed = await client.post("/api/things", content=endless(), headers=json)

    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert announced.json()["limitBytes"] == 256 * 1024


async def test_a_field_named_twice_at_sign_in_is_refused(client: httpx.AsyncClient) -> None:
    body = b'{"email":"a@b.c","email":"x@y.z"}'

    answer = await client.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "/email", "message": "Is given more than once"}]


def _part(disposition: str, content: bytes = b"abc", end: bytes = b"\r\n--x--\r\n") -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + content + end


FORMS: list[tuple[str, bytes, int]] = [
    ("a file", _part('name="file"; filename="a.png"'), 201),
    ("text in the file's field", _part('name="file"'), 400),
    ("no file", _part('name="assetType"'), 400),
    ("the file under another name", _part('name="photo"; filename="a.png"'), 400),
    ("only an extended name", _part("name=\"file\"; filename*=UTF-8''a.png"), 400),
    ("nothing", b"", 400),
    ("an empty form", b"--x--\r\n", 400),
    ("unterminated", _part('name="file"; filename="a"', end=b""), 400),
    ("two files", _part('name="file"; filename="a"', end=b"\r\n") + _part('name="file"; filename="b"'), 400),
    ("text that is not UTF-8", _part('name="assetType"', b"\xff\xfe"), 400),
    ("text too long", _part('name="file"; filename="a"', end=b"\r\n") + _part('name="assetType"', b"x" * 21), 400),
    ("a huge part header", _part(f'name="file"; filename="{"x" * 70_000}"'), 413),
    ("1,001 parts", b"".join(_part(f'name="f{n}"', end=b"\r\n") for n in range(1_001)) + b"--x--\r\n", 413),
    ("too large", _part('name="file"; filename="a"', b"x" * 100_001), 413),
]


@pytest.mark.parametrize(("form", "status"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
async def test_a_form_is_taken_or_refused_and_never_fails(client: httpx.AsyncClient, form: bytes, status: int) -> None:
    headers = bearer() | {"Content-Type": "multipart/form-data; boundary=x"}

    answer = await client.post(UPLOAD, content=form, headers=headers)

    assert answer.status_code == status


async def test_an_upload_without_any_body_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.post(UPLOAD, headers=bearer())

    assert answer.status_code == 400


async def test_a_whole_number_may_be_written_with_a_point(client: httpx.AsyncClient) -> None:
    whole = await client.post("/api/things", content=b'{"name":"a","count":94.0}', headers=bearer() | JSON)
    half = await client.post("/api/things", content=b'{"name":"a","count":94.5}', headers=bearer() | JSON)

    assert (whole.status_code, half.status_code) == (201, 400)


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'x' * 256}"])
async def test_a_form_needs_a_boundary_of_70_characters_at_most(client: httpx.AsyncClient, boundary: str) -> None:
    headers = bearer() | {"Content-Type": f"multipart/form-data{boundary}"}

    answer = await client.post(UPLOAD, content=b"--x--", headers=headers)

    assert answer.status_code == 400
