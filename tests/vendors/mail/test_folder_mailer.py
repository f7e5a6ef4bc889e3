import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.vendors import Refused, Unavailable
from app.vendors.mail import InlineImage, Mail
from app.vendors.mail.embedded import FolderMailer

SENDER = "Renovation Agent <hello@renovation.localhost>"
MAIL = Mail(to="you@home.example", subject="Your kitchen is ready", html="<p>Ready – schön</p>", text="Ready – schön")
PICTURE = InlineImage("render-1", "kitchen.png", "image/png", b"\x89PNGpicture")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def mailer(folder: Path) -> FolderMailer:
    return FolderMailer(folder, SENDER)


def only(folder: Path) -> EmailMessage:
    [path] = folder.iterdir()
    assert path.suffix == ".eml"
    return message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)


async def test_a_mail_becomes_a_letter_any_mail_program_reads(folder: Path, mailer: FolderMailer) -> None:
    mail = Mail(MAIL.to, MAIL.subject, '<img src="cid:render-1">', "Ready – schön", (PICTURE,), {"X-Job": "job-1"})

    mail_id = await mailer.send(mail, "render:0189/ready")

    letter = only(folder)
    assert mail_id.startswith("embedded-")
    assert (letter["to"], letter["from"], letter["subject"]) == (MAIL.to, SENDER, MAIL.subject)
    assert letter["x-job"] == "job-1"
    assert letter.get_content_type() == "multipart/alternative"
    plain, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().strip() == "Ready – schön"
    assert "cid:render-1" in page.get_content()
    [picture] = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert picture["content-id"] == "<render-1>"
    assert picture.get_payload(decode=True) == PICTURE.data


async def test_the_same_key_leaves_one_file_with_the_first_letter(folder: Path, mailer: FolderMailer) -> None:
    other = Mail(MAIL.to, "Other words", MAIL.html, MAIL.text)
    ids = {await mailer.send(MAIL, "key"), await mailer.send(other, "key")}
    ids |= set(await asyncio.gather(*(mailer.send(other, "key") for _ in range(8))))

    assert len(ids) == 1
    assert only(folder)["subject"] == MAIL.subject


async def test_keys_that_look_alike_stay_apart(folder: Path, mailer: FolderMailer) -> None:
    for key in ("a:b", "a/b", "a-b", "../a-b", "ä", "x" * 300):
        await mailer.send(MAIL, key)

    assert len(list(folder.iterdir())) == 6  # noqa: ASYNC240


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028"])
async def test_a_subject_cannot_add_a_header(folder: Path, mailer: FolderMailer, end: str) -> None:
    await mailer.send(Mail(MAIL.to, f"Hello{end}Bcc: thief@evil.example{end}{end}body", "<p/>", "x"), "key")

    letter = only(folder)
    assert letter["bcc"] is None
    assert letter["subject"] == "Hello Bcc: thief@evil.example body"


async def test_a_long_subject_is_cut(folder: Path, mailer: FolderMailer) -> None:
    await mailer.send(Mail(MAIL.to, "küche " * 100, "<p/>", "x"), "key")

    assert len(only(folder)["subject"]) == 200


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b, c@d.example", "a@b\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>", "a@b@c.example",
     "Name <a@b.example>", "a@b.example;c@d.example", "a@b.example\n", f"{'x' * 250}@b.example"],
)  # fmt: skip
async def test_an_address_that_is_not_exactly_one_is_refused(folder: Path, mailer: FolderMailer, address: str) -> None:
    with pytest.raises(Refused):
        await mailer.send(Mail(address, "s", "<p/>", "x"), "key")

    assert not folder.exists()  # noqa: ASYNC240


@pytest.mark.parametrize("address", ["you@home.example", "käthe@küche.example", "o'brien+x_y.z@sub.example.com"])
async def test_addresses_of_real_people_are_taken(folder: Path, mailer: FolderMailer, address: str) -> None:
    await mailer.send(Mail(address, "s", "<p/>", "x"), "key")

    assert only(folder)["to"] == address


@pytest.mark.parametrize(
    "headers",
    [{"Bcc": "a@b.example"}, {"X-A": "1\r\nBcc: a@b.example"}, {"X-A\r\nBcc": "x"}, {"Content-Type": "text/html"},
     {"subject": "x"}, {"": "x"}, {"X A": "x"}],
)  # fmt: skip
async def test_headers_cannot_smuggle(folder: Path, mailer: FolderMailer, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        await mailer.send(Mail(MAIL.to, "s", "<p/>", "x", headers=headers), "key")

    assert not folder.exists()  # noqa: ASYNC240


async def test_a_picture_cannot_smuggle(mailer: FolderMailer) -> None:
    for picture in (
        InlineImage("a>\r\nBcc: x", "a.png", "image/png", b""),
        InlineImage("a", "a.png\r\nBcc: x", "image/png", b""),
        InlineImage("a", "a.png", "image/png\r\nBcc: x", b""),
        InlineImage("a", "a.html", "text/html", b""),
    ):
        with pytest.raises(ValueError, match="image"):
            await mailer.send(Mail(MAIL.to, "s", "<p/>", "x", (picture,)), "key")


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")

    with pytest.raises(Unavailable):
        await FolderMailer(tmp_path / "mail", SENDER).send(MAIL, "key")
