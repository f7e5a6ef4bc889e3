"""E-mail: one letter to one person. Beside the port: `resend.py`, the real adapter, and `embedded.py`, a folder."""

import re
from typing import Protocol

import msgspec

from app.lib.text import one_line
from app.vendors import Refused

SUBJECT_LENGTH = 200
ADDRESS_LENGTH = 254  # RFC 5321 leaves this many characters for a mailbox

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+")
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,60}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._@-]{1,100}")
_OURS = {
    "to",
    "cc",
    "bcc",
    "from",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
}


class InlineImage(msgspec.Struct, frozen=True):
    """A picture inside the HTML part, shown by `<img src="cid:…">` with its content id."""

    content_id: str
    filename: str
    content_type: str
    data: bytes


class Mail(msgspec.Struct, frozen=True):
    """One letter. HTML and text say the same; the sender is the mailer's."""

    to: str
    subject: str
    html: str
    text: str
    images: tuple[InlineImage, ...] = ()
    headers: dict[str, str] = {}


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail, idempotency_key: str) -> str:
        """Send one mail and return the vendor's id for it. A second call with the same key and mail sends nothing more.

        Raises Refused when this mail will never go out: code `mail-address`, `mail-refused`, or `mail-already-sent`
        when another mail went out under this key. Raises Unavailable when a later try may work.
        """
        ...


def sendable(mail: Mail) -> Mail:
    """Return the mail with its subject on one line and no longer than a subject may be.

    Raises Refused for an address that is not exactly one, ValueError for headers and names no code of ours would write:
    nothing in a mail can add a header, a recipient or a part.
    """
    if len(mail.to) > ADDRESS_LENGTH or not _ADDRESS.fullmatch(mail.to):
        raise Refused("This e-mail address cannot receive mail.", code="mail-address", detail="not one plain address")
    for name, value in mail.headers.items():
        reserved = name.lower() in _OURS or name.lower().startswith("content-")
        if reserved or not _TOKEN.fullmatch(name) or not value.isprintable():
            raise ValueError(f"not a header a mail may carry: {name[:60]!r}")
    for image in mail.images:
        plain = _CONTENT_ID.fullmatch(image.content_id) and image.filename.isprintable()
        if not plain or not re.fullmatch(r"image/[a-z0-9.+-]+", image.content_type):
            raise ValueError(f"not an image a mail may carry: {image.content_id[:60]!r}")
    return msgspec.structs.replace(mail, subject=one_line(mail.subject, SUBJECT_LENGTH))
