"""Rooms of a renovation, each with what is to be done in it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned, one_of

ROOM_TYPES = (
    "kitchen",
    "bathroom",
    "bedroom",
    "living-room",
    "dining-room",
    "office",
    "hallway",
    "laundry",
    "basement",
    "attic",
    "garage",
    "outdoor",
    "other",
)


class Room(Versioned, Base):
    """One room. `owner_id` repeats its session's owner, so that no query needs a join to be safe."""

    __tablename__ = "rooms"
    __table_args__ = (
        one_of("type", ROOM_TYPES),
        Index("ix_rooms_session_id_id", "session_id", "id"),
        Index("ix_rooms_owner_id", "owner_id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("renovation_sessions.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(20))
    budget: Mapped[Decimal | None]
    dimensions: Mapped[dict[str, Any] | None]  # {length, width, height, unit}
    requirements: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    checklist: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    checklist_version: Mapped[int] = mapped_column(default=1, server_default="1")
