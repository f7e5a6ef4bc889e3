"""What is ordered of the mail feature."""

from typing import ClassVar
from uuid import UUID

from app.queue.messages import Order


class SendEmail(Order, frozen=True):
    """Send one mail that has been written down."""

    kind: ClassVar[str] = "email.send"
    email_id: UUID
