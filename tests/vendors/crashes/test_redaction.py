from typing import Any

import pytest

from app.vendors.crashes.redaction import clean_event, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2hunter2", "hunter2"),
        ('{"password": "hunter two", "a": 1}', "hunter two"),
        ("new_password: 'x y z'", "x y z"),
        ("DB_PASSWORD=abc&x=1", "abc"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ("header bearer 0123456789abcdef", "0123456789abcdef"),
        ("Cookie: __Host-session=tiny; theme=dark", "tiny"),
        ("{'cookie': 'session=tiny'}", "tiny"),
        ("card 4111 1111 1111 1111 declined", "1111 1111"),
        ("card 5500005555555559", "5500005555555559"),
        ("postgresql://app:s3cret@db:5432/renovation", "s3cret"),
        ("https://0123456789abcdef@o1.ingest.example/1", "0123456789abcdef"),
        ("key sk_live_51Habcdefgh", "51Habcdefgh"),
        ("key re_123456789abc", "123456789abc"),
        ("key AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        ("x-goog-api-key: AIzaSyA1234567890abcdefghijklmnopqrstu", "SyA1234567890"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GK"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature", "eyJzdWI"),
        ("cookie token 3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc gone", "3q2-7wEjRWe"),
        ("mail to jane.doe+x@home.example bounced", "jane.doe"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "MIIEvQ"),
        ("[SQL: INSERT]\n[parameters: ('my note', 'other')]\n(Background)", "my note"),
        ("Key (name)=(my own kitchen) already exists.", "my own kitchen"),
    ],
)
def test_what_must_not_leave_is_blacked_out(text: str, secret: str) -> None:
    assert secret in text

    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "render 0189f7a2-7c11-7d3e-9c2b-1f2e3d4c5b6a failed after 3 attempts",
        "app/vendors/images/gemini.py in draw at line 118",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "order 1700000000000 at 2026-11-23T00:37:26Z",
        "session_id=0189f7a2-7c11-7d3e-9c2b-1f2e3d4c5b6a",
        "relation renders_pkey does not exist",
    ],
)
def test_what_helps_is_kept(text: str) -> None:
    assert redact(text) == text


def test_an_event_keeps_where_and_loses_what_was_typed() -> None:
    event: dict[str, Any] = {
        "event_id": "0" * 32,
        "request": {"method": "POST", "url": "http://a/api/x?q=my-note", "data": "my note", "cookies": "c"},
        "user": {"email": "a@b.example", "ip_address": "1.2.3.4"},
        "extra": {"note": "my note"},
        "breadcrumbs": {"values": [{"message": "my note"}]},
        "contexts": {"trace": {"trace_id": "1" * 32, "data": {"api_key": "short"}}},
        "exception": {"values": [{"type": "ValueError", "value": "no a@b.example"}]},
    }

    cleaned = clean_event(event)

    assert cleaned["request"] == {"method": "POST", "url": "http://a/api/x"}
    assert cleaned["exception"]["values"][0] == {"type": "ValueError", "value": "no [e-mail]"}
    assert cleaned["contexts"]["trace"]["trace_id"] == "1" * 32
    for gone in ("my note", "my-note", "1.2.3.4", "short"):
        assert gone not in str(cleaned)
