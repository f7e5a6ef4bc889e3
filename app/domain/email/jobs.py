"""Sending mails."""

import asyncio
from datetime import timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Email, Job
from app.domain.email.messages import SendEmail
from app.domain.email.rendering import render_mail
from app.domain.email.service import INLINE_BYTES, EmailService
from app.queue.declare import job
from app.queue.messages import Queue
from app.queue.run import Run
from app.resources import Resources
from app.vendors import Refused
from app.vendors.mail import InlineImage, Mail, Mailer
from app.vendors.storage import FileMissing, Files

PER_SECOND = 10
_pace = asyncio.Lock()


@job(
    SendEmail,
    Queue.NOTIFY,
    attempts=5,
    backoff=timedelta(seconds=5),
    time_limit=timedelta(seconds=15),
    visible=False,
)
async def send_email(run: Run, order: SendEmail) -> None:
    """Send one mail. The vendor knows it by its row's id, so that a crash after sending does not send it again."""
    async with run.transaction() as db:
        email = await EmailService(db, run.resources).get(order.email_id)
    if email is None:
        return
    mail = await _compose(email, run.resources.files)
    async with _pace:
        await asyncio.sleep(1 / PER_SECOND)
    vendor_id = await _send(run.resources.mail, mail, str(email.id))
    async with run.completion() as db:
        await EmailService(db, run.resources).sent(email.id, vendor_id)


@send_email.on_ended
async def _ended(db: AsyncSession, resources: Resources, job: Job) -> None:
    order = msgspec.convert(job.body, SendEmail)
    await EmailService(db, resources).failed(order.email_id, job.error)


async def _compose(email: Email, files: Files) -> Mail:
    """Return the mail with its picture, or without one that is gone or too large for a mail."""
    images: tuple[InlineImage, ...] = ()
    if key := email.data.get("picture_key"):
        try:
            data = await files.get(key)
        except FileMissing:
            data = b""
        if 0 < len(data) <= INLINE_BYTES:
            images = (InlineImage("picture", "picture.jpg", "image/jpeg", data),)
    return render_mail(email.template, email.data, email.to, images)


async def _send(mailer: Mailer, mail: Mail, key: str) -> str:
    """Send a mail and return the vendor's id of it; one that went out under this key before counts as sent."""
    try:
        return await mailer.send(mail, key)
    except Refused as refusal:
        if refusal.code == "mail-already-sent":
            return "sent-before"
        raise
