"""Rooms and checklists as they travel."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from app.db.models import Room
from app.lib.money import amount_out
from app.lib.schema import Amount, Name100, Schema, Text200, Text2000, Title200, View

RoomType = Literal[
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
]
RoomTypeIn = Literal[RoomType, "living", "dining"]
Priority = Literal["must-have", "nice-to-have", "optional"]
Length = Annotated[float, Meta(gt=0, le=1_000)]

SYNONYMS: dict[str, RoomType] = {"living": "living-room", "dining": "dining-room"}


class Dimensions(Schema):
    """How large a room is. The height may not be known yet."""

    length: Length
    width: Length
    unit: Literal["ft", "m"]
    height: Length | None = None


class Requirements(Schema):
    """What somebody wants of a room."""

    must_haves: Annotated[list[Text200], Meta(max_length=50)] = field(default_factory=list[str])
    style_preference: Text200 | None = None
    notes: Text2000 | None = None


class RoomCreate(Schema):
    """A new room. `living` and `dining` mean `living-room` and `dining-room`."""

    name: Name100
    type: RoomTypeIn
    budget: Amount | None = None
    dimensions: Dimensions | None = None
    requirements: Requirements | None = None


class RoomPatch(Schema):
    """What changes; what is left out stays. Null clears; dimensions and requirements are replaced as a whole."""

    name: Name100 | UnsetType = UNSET
    type: RoomTypeIn | UnsetType = UNSET
    budget: Amount | UnsetType | None = UNSET
    dimensions: Dimensions | UnsetType | None = UNSET
    requirements: Requirements | UnsetType | None = UNSET


class ChecklistItemIn(Schema):
    """One thing to do or to have. Without an id it is new; with one it keeps it."""

    title: Title200
    priority: Priority = "must-have"
    id: UUID | None = None
    category: Text200 | None = None
    done: bool = False
    notes: Text2000 | None = None


class ChecklistPut(Schema):
    """The whole list, in its order."""

    items: Annotated[list[ChecklistItemIn], Meta(max_length=200)]


class DimensionsView(View):
    """How large a room is."""

    length: float
    width: float
    unit: Literal["ft", "m"]
    height: float | None = None


class RequirementsView(View):
    """What somebody wants of a room. What an older row does not hold has its default here."""

    must_haves: list[str] = field(default_factory=list[str])
    style_preference: str | None = None
    notes: str | None = None


class RoomView(View):
    """A room."""

    id: UUID
    session_id: UUID
    name: str
    type: RoomType
    budget: str | None
    dimensions: DimensionsView | None
    requirements: RequirementsView
    version: int
    created_at: datetime
    updated_at: datetime


class ChecklistItemView(View):
    """One thing to do or to have."""

    id: UUID
    title: str
    category: str | None
    priority: Priority
    done: bool
    notes: str | None


class ChecklistView(View):
    """What is to be done in a room, in its order. `version` is what its ETag is made of."""

    room_id: UUID
    items: list[ChecklistItemView]
    version: int


def room_view(row: Room) -> RoomView:
    """Return a room's row as it travels."""
    return RoomView(
        id=row.id,
        session_id=row.session_id,
        name=row.name,
        type=row.type,  # type: ignore[arg-type]
        budget=amount_out(row.budget),
        dimensions=msgspec.convert(row.dimensions, DimensionsView | None),
        requirements=msgspec.convert(row.requirements, RequirementsView),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
