"""A renovation: one homeowner's project."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned, one_of

PHASES = ("INTAKE", "CHECKLIST", "PLAN", "RENDER", "PAYMENT", "COMPLETE", "ITERATE")


class RenovationSession(Versioned, Base):
    """A renovation session: what a homeowner plans, from the first photo to the report."""

    __tablename__ = "renovation_sessions"
    __table_args__ = (one_of("phase", PHASES), Index("ix_renovation_sessions_owner_id_id", "owner_id", "id"))

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    phase: Mapped[str] = mapped_column(String(10), default="INTAKE", server_default="INTAKE")
    total_budget: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")
    style_preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    is_paid: Mapped[bool] = mapped_column(default=False, server_default="false")
