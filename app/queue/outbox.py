"""The outbox: orders and events written in the transaction of the data they speak of, and sent after its commit.

What the process sends at once is a shortcut. What a crash between commit and sending left behind, the relay sends.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job, OutboxEvent
from app.lib.clock import now
from app.lib.ids import new_id
from app.queue.declare import job_type
from app.queue.messages import Event, Order, Queue


class WakeUp(msgspec.Struct, frozen=True):
    """A hint that a job is waiting; any number of them starts it once."""

    job_id: UUID
    queue: Queue
    first: bool = False  # before all that wait: it has had its turn, and was interrupted


class Telling(msgspec.Struct, frozen=True):
    """An event on its way to a stream. `outbox_id` is None for what no table keeps: progress, chat tokens."""

    topic: str
    name: str
    data: dict[str, Any]
    outbox_id: UUID | None = None


class Cancelled(msgspec.Struct, frozen=True):
    """A job that was running and is no longer anybody's: its worker should stop at once."""

    job_id: UUID


class HangUp(msgspec.Struct, frozen=True):
    """A login that ended: its user's live streams end too, and whoever is still signed in comes back."""

    topic: str


Sending = WakeUp | Telling | Cancelled | HangUp


class Outbox:
    """Orders and tells inside one transaction."""

    def __init__(self, db: AsyncSession) -> None:
        self._db = db

    def order(
        self,
        order: Order,
        owner_id: UUID,
        *,
        session_id: UUID | None = None,
        room_id: UUID | None = None,
        resource: tuple[str, UUID] | None = None,
        delay: timedelta = timedelta(0),
    ) -> UUID:
        """Write a job for an order and return the job's id; a worker is woken after the commit."""
        kind = job_type(order.kind)
        row = Job(
            id=new_id(),
            owner_id=owner_id,
            session_id=session_id,
            room_id=room_id,
            resource_type=resource[0] if resource else None,
            resource_id=resource[1] if resource else None,
            kind=kind.kind,
            queue=kind.queue,
            body=msgspec.to_builtins(order),
            request_id=structlog.contextvars.get_contextvars().get("request_id"),
            max_attempts=kind.attempts,
        )
        if delay:
            row.run_after = row.wake_at = func.now() + delay  # type: ignore[assignment]
        else:
            self._after_commit(WakeUp(row.id, kind.queue))
        self._db.add(row)
        return row.id

    def hang_up(self, user_id: UUID) -> None:
        """End a user's live streams after the commit; a client that may have one reconnects at once."""
        self._after_commit(HangUp(str(user_id)))

    def tell(self, user_id: UUID, event: Event) -> None:
        """Write an event for a user's stream; it is there once the transaction has committed, and only then."""
        row = OutboxEvent(id=new_id(), topic=str(user_id), name=event.name, data=with_time(event))
        self._db.add(row)
        self._after_commit(Telling(row.topic, row.name, row.data, row.id))

    def wake(self, job_id: UUID, queue: Queue, *, first: bool = False) -> None:
        """Wake a worker for a job that exists already, after the commit."""
        self._after_commit(WakeUp(job_id, queue, first))

    def stop(self, job_id: UUID) -> None:
        """Tell whoever works on a cancelled job to stop, after the commit."""
        self._after_commit(Cancelled(job_id))

    def _after_commit(self, sending: Sending) -> None:
        self._db.info.setdefault("outbox", []).append(sending)


def with_time(event: Event) -> dict[str, Any]:
    """Return an event's data with when it happened."""
    return event.data() | {"at": now().isoformat().replace("+00:00", "Z")}
