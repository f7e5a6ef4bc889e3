"""Mail without a provider: each letter becomes one `.eml` file, which any mail program opens."""

import asyncio
import contextlib
import hashlib
import os
import re
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

from app.lib.clock import now
from app.vendors import Unavailable
from app.vendors.mail import Mail, Mailer, sendable


class FolderMailer(Mailer):
    """Writes each mail into a folder, named after its idempotency key, so that the same one is never there twice."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail, idempotency_key: str) -> str:
        """Write one mail, unless this key has one already, and return its id, which starts with `embedded-`."""
        digest = hashlib.sha256(idempotency_key.encode()).hexdigest()[:24]
        name = re.sub(r"[^A-Za-z0-9]+", "-", idempotency_key).strip("-")[:60]
        letter = compose(sendable(mail), self._sender, f"<{digest}@embedded.invalid>")
        try:
            await asyncio.to_thread(self._write, f"{name}-{digest[:8]}.eml", bytes(letter))
        except OSError as error:
            raise Unavailable("The mail cannot be written.", code="mail-down", detail=str(error)) from error
        return f"embedded-{digest}"

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f".{uuid4().hex}"
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # a link, unlike a rename, leaves the first letter as it is
                os.link(partial, self._folder / name)
        finally:
            partial.unlink(missing_ok=True)


def compose(mail: Mail, sender: str, message_id: str) -> EmailMessage:
    """Return the mail as a message: plain text, or HTML with its pictures."""
    # Headers in plain UTF-8: the standard library loses spaces when it folds long encoded ones.
    letter = EmailMessage(policy=SMTPUTF8)
    letter["From"] = sender
    name, _, domain = mail.to.partition("@")
    letter["To"] = Address(username=name, domain=domain)
    letter["Subject"] = mail.subject
    letter["Date"] = format_datetime(now())
    letter["Message-ID"] = message_id
    for name, value in mail.headers.items():
        letter[name] = value
    letter.set_content(mail.text)
    letter.add_alternative(mail.html, subtype="html")
    page = letter.get_payload(1)
    assert isinstance(page, MIMEPart)
    for image in mail.images:
        page.add_related(
            image.data,
            maintype="image",
            subtype=image.content_type.partition("/")[2],
            cid=f"<{image.content_id}>",
            filename=image.filename,
            disposition="inline",
        )
    return letter
