"""What a guest owns, and how it moves to the account they sign in to."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Asset, Base, Email, Job, Notification, Render, RenovationSession, Room

# Jobs first: a job's completion locks its row before it writes anything else, so the two never wait for each other.
OWNER_COLUMNS: tuple[tuple[type[Base], str], ...] = (
    (Job, "owner_id"),
    (RenovationSession, "owner_id"),
    (Room, "owner_id"),
    (Asset, "owner_id"),
    (Render, "owner_id"),
    (Notification, "user_id"),
    (Email, "user_id"),
)
STAYS = frozenset({"login_sessions", "api_keys"})  # how somebody proves who they are is not handed over


async def hand_over(db: AsyncSession, guest_id: UUID, user_id: UUID) -> None:
    """Give all a guest owns to a user.

    Live events of what was running go on under the new owner; a stream opened as the guest goes quiet.
    """
    for table, owner in OWNER_COLUMNS:
        columns = table.__table__.columns
        values: dict[str, Any] = {owner: user_id}
        if "updated_at" in columns:
            values["updated_at"] = columns["updated_at"]  # its content has not changed
        await db.execute(update(table).where(columns[owner] == guest_id).values(values))
