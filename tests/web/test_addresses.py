"""Where a request comes from."""

from typing import Any

import pytest

from app.web.addresses import client_address, rate_key
from app.web.cookies import cleared_cookie, session_cookie
from tests.web import probe

TRUSTED = ("10.0.0.0/8", "::1", "192.0.2.7")

CASES: list[tuple[str | None, list[str], str]] = [
    ("203.0.113.9", [], "203.0.113.9"),
    ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
    ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
    ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
    ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
    ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.9.9.9, 192.0.2.7"], "1.2.3.4"),
    ("10.0.0.1", ["1.2.3.4:5678"], "1.2.3.4"),
    ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
    ("10.0.0.1", ["1.2.3.4, nonsense"], "10.0.0.1"),
    ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", [""], "10.0.0.1"),
    ("::1", ["1.2.3.4"], "1.2.3.4"),
    ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
    (None, ["1.2.3.4"], "unknown"),
]


@pytest.mark.parametrize(("peer", "forwarded", "expected"), CASES)
def test_only_trusted_proxies_are_believed(peer: str | None, forwarded: list[str], expected: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"client": (peer, 1) if peer else None, "headers": [*headers, (b"x-real-ip", b"6.6.6.6")]}

    assert client_address(scope, TRUSTED) == expected


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    assert rate_key("2001:db8:1:2::1") == rate_key("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert rate_key("2001:db8:1:3::1") != rate_key("2001:db8:1:2::1")
    assert rate_key("203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "session=t; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax"),
        (
            {"public_url": "https://x.example"},
            "__Host-session=t; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure",
        ),
        (
            {"public_url": "https://x.example", "cors_origins": ("https://y.example",)},
            "__Host-session=t; HttpOnly; Max-Age=2592000; Path=/; SameSite=none; Secure",
        ),
    ],
)
def test_the_session_cookie_has_its_flags(changes: dict[str, Any], expected: str) -> None:
    cookie = session_cookie("t", probe.make_settings(**changes)).to_header(header="")
    parts = {part.strip().lower() for part in cookie.split(";")}

    assert parts == {part.strip().lower() for part in expected.split(";")}


def test_clearing_the_cookie_expires_it() -> None:
    assert "Max-Age=0" in cleared_cookie(probe.make_settings()).to_header(header="")
