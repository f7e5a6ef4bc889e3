"""Sessions as they travel."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from app.db.models import RenovationSession
from app.lib.money import amount_out
from app.lib.schema import Amount, Currency, Name100, Schema, Text200, Text2000, Title200, View

Phase = Literal["INTAKE", "CHECKLIST", "PLAN", "RENDER", "PAYMENT", "COMPLETE", "ITERATE"]
Names20 = Annotated[list[Name100], Meta(max_length=20)]


class StylePreferences(Schema):
    """What somebody likes, in their own words or with the slug of a style."""

    preferred_style: Text200 | None = None
    color_preferences: Names20 = field(default_factory=list[str])
    material_preferences: Names20 = field(default_factory=list[str])
    inspiration: Text2000 | None = None


class SessionCreate(Schema):
    """A new renovation. Without a currency it takes its owner's."""

    title: Title200
    total_budget: Amount | None = None
    currency: Currency | None = None
    style_preferences: StylePreferences | None = None


class SessionPatch(Schema):
    """What changes; what is left out stays. Null clears; style preferences are replaced as a whole."""

    title: Title200 | UnsetType = UNSET
    total_budget: Amount | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    style_preferences: StylePreferences | UnsetType | None = UNSET


class StylePreferencesView(View):
    """What somebody likes. What an older row does not hold has its default here."""

    preferred_style: str | None = None
    color_preferences: list[str] = field(default_factory=list[str])
    material_preferences: list[str] = field(default_factory=list[str])
    inspiration: str | None = None


class SessionView(View):
    """A renovation."""

    id: UUID
    title: str
    phase: Phase
    total_budget: str | None
    currency: str
    style_preferences: StylePreferencesView
    is_paid: bool
    version: int
    created_at: datetime
    updated_at: datetime


def session_view(row: RenovationSession) -> SessionView:
    """Return a session's row as it travels."""
    return SessionView(
        id=row.id,
        title=row.title,
        phase=row.phase,  # type: ignore[arg-type]
        total_budget=amount_out(row.total_budget),
        currency=row.currency,
        style_preferences=msgspec.convert(row.style_preferences, StylePreferencesView),
        is_paid=row.is_paid,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
