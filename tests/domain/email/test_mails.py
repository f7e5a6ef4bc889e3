"""Mails as they are sent: once, whole, and to people who have an address."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.db.models import Email, Job
from app.domain.email.messages import SendEmail
from app.domain.email.service import EmailService
from app.vendors import Refused, Unavailable
from app.vendors.mail import Mail, Mailer
from tests.raw_pictures import room, saved
from tests.workplace import Person, Workplace

WORDS: dict[str, Any] = {
    "room_name": "Kitchen",
    "count": 1,
    "wish": "oak and light",
    "url": "https://renovate.example/#/s/1/room?room=2&render=3",
    "site": "https://renovate.example",
    "alt": "Kitchen, restyled",
    "has_before": True,
    "embedded": True,
    "picture_key": None,
}


async def write(place: Workplace, person: Person, key: str = "render:1", **words: Any) -> bool:
    """Order a mail, as a feature does."""
    async with place.resources.transaction() as db:
        return await EmailService(db, place.resources).send(person.id, "render_ready", WORDS | words, key)


def letters(folder: Path) -> list[EmailMessage]:
    """Return the letters in the folder that stands for a post office."""
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("mail/*.eml")]


def part(letter: EmailMessage, kind: str) -> str:
    """Return the text of a part."""
    body = letter.get_body((kind,))
    assert body is not None
    return body.get_content()


async def test_a_mail_has_both_parts_its_picture_and_a_way_back(place: Workplace, person: Person) -> None:
    picture = saved(room(640, 427), "JPEG")
    await place.resources.files.put("assets/1/mail.jpg", picture)

    await write(place, person, picture_key="assets/1/mail.jpg")
    await place.work()

    [letter] = letters(place.folder)
    assert (letter["to"], letter["subject"]) == (person.user.email, "Kitchen: your picture is ready")
    page = part(letter, "html")
    assert '<img src="cid:picture" alt="Kitchen, restyled"' in page
    assert 'href="https://renovate.example/#/s/1/room?room=2&amp;render=3"' in page
    assert WORDS["url"] in part(letter, "plain")
    [inline] = [each for each in letter.walk() if each.get_content_maintype() == "image"]
    assert (inline["content-id"], inline.get_content_disposition()) == ("<picture>", "inline")
    assert inline.get_content() == picture
    [email] = await place.rows(Email)
    assert (email.state, email.to, email.error) == ("sent", person.user.email, None)
    assert (email.vendor_id[:9], email.sent_at is not None) == ("embedded-", True)


HOSTILE = {
    "room_name": "Kit\r\nBcc: evil@example.com\n<script>",
    "wish": "<img src=x onerror=alert(1)> {{7*7}} \"'& \u202eevil",
}


async def test_what_people_typed_stays_text(place: Workplace, person: Person) -> None:
    await write(place, person, **HOSTILE)
    await place.work()

    [letter] = letters(place.folder)
    assert letter["subject"] == "Kit Bcc: evil@example.com <script>: your picture is ready"
    assert (letter["bcc"], str(letter["to"])) == (None, person.user.email)
    page = part(letter, "html")
    assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}} &#34;&#39;&amp; evil" in page
    assert [tag for tag in ("<script", "<img", "\u202e") if tag in page] == []
    assert "<img src=x onerror=alert(1)> {{7*7}} \"'& evil" in part(letter, "plain")


@pytest.mark.parametrize(
    ("words", "subject", "said", "unsaid"),
    [
        ({"count": 3}, "Kitchen: your 3 pictures are ready", "See all 3 beside your room", "Compare before"),
        ({"has_before": False}, "Kitchen: your picture is ready", "from your words alone", "recolours"),
        ({"embedded": False}, "Kitchen: your picture is ready", "Compare before and after", "built-in"),
        ({"room_name": "x" * 100, "count": 2}, f"{'x' * 100}: your 2 pictures are ready", "in 2 versions", "evil"),
    ],
)
async def test_the_words_fit_what_was_drawn(
    place: Workplace, person: Person, words: dict[str, Any], subject: str, said: str, unsaid: str
) -> None:
    await write(place, person, **words)
    await place.work()

    [letter] = letters(place.folder)
    assert letter["subject"] == subject
    for kind in ("html", "plain"):
        assert said in part(letter, kind)
        assert unsaid not in part(letter, kind)


async def test_several_lines_of_a_wish_stay_inside_their_quotation(place: Workplace, person: Person) -> None:
    await write(place, person, wish="oak\n-- \nYou get this mail because")
    await place.work()

    [letter] = letters(place.folder)
    assert "    oak\n    -- \n    You get this mail because" in part(letter, "plain").replace("\r\n", "\n")


@pytest.mark.parametrize("stored", [b"", bytes(200_001)], ids=["gone", "too large"])
async def test_a_mail_goes_out_without_a_picture_that_cannot_be_sent(
    place: Workplace, person: Person, stored: bytes
) -> None:
    if stored:
        await place.resources.files.put("assets/1/mail.jpg", stored)

    await write(place, person, picture_key="assets/1/mail.jpg")
    await place.work()

    [letter] = letters(place.folder)
    assert "cid:picture" not in part(letter, "html")
    assert not [each for each in letter.walk() if each.get_content_maintype() == "image"]


async def test_one_key_sends_one_mail(place: Workplace, person: Person) -> None:
    written = [await write(place, person, key) for key in ("render:1", "render:1", "render:2")]
    await place.work()

    assert written == [True, False, True]
    assert len(letters(place.folder)) == 2


async def test_a_guest_gets_no_mail(place: Workplace) -> None:
    guest = await place.person("guest")

    assert await write(place, guest) is False
    assert (await place.rows(Email), await place.rows(Job)) == ([], [])


async def test_a_mail_ordered_again_after_it_was_sent_is_not_sent_again(place: Workplace, person: Person) -> None:
    await write(place, person)
    await place.work()
    [letter] = (place.folder / "mail").iterdir()
    before = letter.read_bytes()

    for state in ("queued", "sent"):  # a crash after the sending, and one after it was written down
        await place.change(Email, (await place.rows(Email))[0].id, state=state)
        await place.change(Job, (await place.rows(Job))[0].id, status="queued")
        await place.work()

    assert [path.read_bytes() for path in (place.folder / "mail").iterdir()] == [before]
    assert (await place.rows(Email))[0].state == "sent"


class PostOffice(Mailer):
    """Does with each mail what a test says."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.keys: list[str] = []
        self._outcomes = list(outcomes)

    async def send(self, mail: Mail, idempotency_key: str) -> str:
        """Take a mail, or fail."""
        self.keys.append(idempotency_key)
        if self._outcomes and (outcome := self._outcomes.pop(0)):
            raise outcome
        return "office-1"


BUSY = Unavailable("The mail service is busy.", code="vendor-busy")
OUTCOMES: list[tuple[str, list[Exception | None], tuple[str, str | None], int]] = [
    ("sent at once", [None], ("sent", "office-1"), 1),
    ("sent at the third try", [BUSY, BUSY, None], ("sent", "office-1"), 3),
    ("never", [BUSY] * 5, ("failed", None), 5),
    ("refused", [Refused("No such address.", code="mail-address")], ("failed", None), 1),
    ("had gone out already", [Refused("Sent.", code="mail-already-sent")], ("sent", "sent-before"), 1),
]


@pytest.mark.parametrize(
    ("outcomes", "ends", "tries"), [case[1:] for case in OUTCOMES], ids=[case[0] for case in OUTCOMES]
)
async def test_what_became_of_a_mail_is_written_down(
    place: Workplace, person: Person, outcomes: list[Exception | None], ends: tuple[str, str | None], tries: int
) -> None:
    office = PostOffice(*outcomes)
    place.use(mail=office)

    await write(place, person)
    await place.work_through_pauses()

    [email] = await place.rows(Email)
    assert (email.state, email.vendor_id) == ends
    assert (email.error is None) == (email.state == "sent")
    assert office.keys == [str(email.id)] * tries


async def test_a_mail_whose_user_is_gone_is_not_sent(place: Workplace, person: Person) -> None:
    office = PostOffice()
    place.use(mail=office)
    await write(place, person)
    [email] = await place.rows(Email)

    await place.remove(person.user)
    await place.work()

    assert (office.keys, await place.rows(Email, Email.id == UUID(str(email.id)))) == ([], [])


async def test_sending_is_a_chore_nobody_sees(place: Workplace, person: Person) -> None:
    await write(place, person)
    [job] = await place.rows(Job, Job.kind == SendEmail.kind)

    listed = await person.get("/api/jobs")
    shown = await person.http.get(f"/api/jobs/{job.id}")

    assert (listed["items"], shown.status_code) == ([], 404)
