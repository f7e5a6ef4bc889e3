"""What is sent: orders are wishes that a job fulfils, events are facts that streams tell."""

from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from app.lib.schema import View


class Queue(StrEnum):
    """Where a job runs: the first three in the heavy worker, the others in the light one."""

    RENDERS = "renders"
    DOCUMENTS = "documents"
    IMAGES = "images"
    CHAT = "chat"
    NOTIFY = "notify"
    UPKEEP = "upkeep"


HEAVY = (Queue.RENDERS, Queue.DOCUMENTS, Queue.IMAGES)
LIGHT = (Queue.CHAT, Queue.NOTIFY, Queue.UPKEEP)


class Order(msgspec.Struct, frozen=True):
    """A wish: ids only, because its job reads fresh rows."""

    kind: ClassVar[str]


class Event(View):
    """A fact or a progress report for one user's stream; `session_id` is None when it belongs to none."""

    name: ClassVar[str]
    session_id: UUID | None

    def data(self) -> dict[str, Any]:
        """Return the event's data as it travels, without `at`."""
        return msgspec.to_builtins(self)
