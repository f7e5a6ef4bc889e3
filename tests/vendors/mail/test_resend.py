import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator

import pytest

from app.vendors import Refused, Unavailable
from app.vendors.mail import InlineImage, Mail
from app.vendors.mail.resend import ResendMailer
from tests.standins.resend import ResendStandIn, refused
from tests.standins.server import (
    Answer,
    Step,
    cut_after,
    garbage,
    hang,
    hang_after,
    html,
    instead,
    json_answer,
    reply_lost,
    reset,
)

SENDER = "Renovation Agent <hello@renovation.example>"
MAIL = Mail(to="you@home.example", subject="Your kitchen is ready", html="<p>Ready</p>", text="Ready")


@pytest.fixture
def vendor() -> Generator[ResendStandIn]:
    with ResendStandIn() as vendor:
        yield vendor


@pytest.fixture
async def mailer(vendor: ResendStandIn) -> AsyncGenerator[ResendMailer]:
    mailer = ResendMailer(vendor.key, SENDER, vendor.url, limit_s=3)
    yield mailer
    await mailer.aclose()


async def test_a_mail_goes_out_with_its_picture(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    picture = InlineImage("render", "kitchen.jpg", "image/jpeg", b"\xff\xd8picture")
    mail = Mail("you@home.example", "Ready", "<img src='cid:render'>", "Ready", (picture,), {"X-Job": "job-1"})

    mail_id = await mailer.send(mail, "render-r1")

    [sent] = vendor.sent
    assert mail_id == "00000000-0000-4000-8000-000000000001"
    assert (sent["from"], sent["to"], sent["headers"]) == (SENDER, ["you@home.example"], {"X-Job": "job-1"})
    [attached] = sent["attachments"]
    assert base64.b64decode(attached.pop("content")) == b"\xff\xd8picture"
    assert attached == {"filename": "kitchen.jpg", "content_type": "image/jpeg", "content_id": "render"}
    assert vendor.requests[0].headers["idempotency-key"] == "render-r1"


async def test_the_same_key_sends_once(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    first = await mailer.send(MAIL, "key")
    second = await mailer.send(MAIL, "key")

    assert first == second
    assert len(vendor.sent) == 1


async def test_a_lost_reply_is_made_good_by_the_next_try(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    vendor.next(reply_lost())
    with pytest.raises(Unavailable):
        await mailer.send(MAIL, "key")

    assert await mailer.send(MAIL, "key")
    assert len(vendor.sent) == 1


async def test_another_mail_under_the_same_key_is_refused(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    await mailer.send(MAIL, "key")

    with pytest.raises(Refused) as refusal:
        await mailer.send(Mail(MAIL.to, "Other", "<p>x</p>", "x"), "key")

    assert refusal.value.code == "mail-already-sent"


@pytest.mark.parametrize(
    "step", [refused(422, "validation_error"), refused(400, "validation_error"), refused(413, "payload_too_large")],
    ids=str,
)  # fmt: skip
async def test_a_mail_the_vendor_does_not_take_is_refused(
    vendor: ResendStandIn, mailer: ResendMailer, step: Step
) -> None:
    vendor.next(step)

    with pytest.raises(Refused) as refusal:
        await mailer.send(MAIL, "key")

    assert "you@home.example" not in str(refusal.value)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (refused(401, "missing_api_key"), "vendor-auth"),
        (refused(403, "invalid_api_key"), "vendor-auth"),
        (refused(403, "validation_error"), "vendor-auth"),
        (refused(429, "daily_quota_exceeded"), "vendor-busy"),
        (refused(409, "concurrent_idempotent_requests"), "vendor-busy"),
        (refused(500, "application_error"), "vendor-error"),
        (refused(503, "service_unavailable"), "vendor-error"),
        (html(), "vendor-error"),
        (html(502), "vendor-error"),
        (garbage(), "vendor-error"),
        (instead(json_answer({})), "vendor-error"),
        (instead(json_answer([1])), "vendor-error"),
        (instead(json_answer({"id": None})), "vendor-error"),
        (instead(Answer(200, {"content-type": "application/json"}, b"")), "vendor-error"),
        (reset(), "vendor-error"),
        (cut_after(5), "vendor-error"),
    ],
    ids=str,
)
async def test_what_may_pass_is_unavailable_and_asked_once(
    vendor: ResendStandIn, mailer: ResendMailer, step: Step, code: str
) -> None:
    vendor.next(step)

    with pytest.raises(Unavailable) as failure:
        await mailer.send(MAIL, "key")

    assert failure.value.code == code
    assert len(vendor.requests) == 1


async def test_a_busy_vendor_says_when_to_come_back(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    vendor.next(refused(429, "rate_limit_exceeded", {"Retry-After": "4"}))

    with pytest.raises(Unavailable) as failure:
        await mailer.send(MAIL, "key")

    assert failure.value.retry_after_s == 4


@pytest.mark.parametrize("step", [hang(), hang_after(4)], ids=str)
async def test_a_hang_is_cut(vendor: ResendStandIn, step: Step) -> None:
    vendor.next(step)
    started = asyncio.get_running_loop().time()

    with pytest.raises(Unavailable) as failure:
        await ResendMailer(vendor.key, SENDER, vendor.url, limit_s=0.4).send(MAIL, "key")

    assert failure.value.code == "vendor-timeout"
    assert asyncio.get_running_loop().time() - started < 2
    await vendor.until(lambda: vendor.requests[0].left)


async def test_cancelling_hangs_up(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    vendor.next(hang())
    sending = asyncio.create_task(mailer.send(MAIL, "key"))
    await vendor.until(lambda: len(vendor.requests) == 1)

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    await vendor.until(lambda: vendor.requests[0].left, within_s=0.5)


async def test_two_mailers_do_not_mix_up_their_vendors(vendor: ResendStandIn, mailer: ResendMailer) -> None:
    with ResendStandIn() as other:
        second = ResendMailer(other.key, SENDER, other.url)
        await asyncio.gather(*(sender.send(MAIL, str(key)) for key in range(5) for sender in (mailer, second)))
        await second.aclose()

        assert len(vendor.sent) == len(other.sent) == 5


def test_the_sdk_is_not_imported_before_it_is_needed() -> None:
    script = "import sys, app.vendors.mail.resend as r; r.ResendMailer('k', 's'); print('resend' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "False"
