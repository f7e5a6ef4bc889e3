"""What is ordered and told of assets."""

from typing import ClassVar, Literal
from uuid import UUID

from app.lib.schema import Reason
from app.queue.messages import Event, Order


class MakeVariants(Order, frozen=True):
    """Decode an upload, keep it clean, make its sizes."""

    kind: ClassVar[str] = "image.variants"
    asset_id: UUID


class MakeVariant(Order, frozen=True):
    """Make one further size, quality or format of a picture that is ready."""

    kind: ClassVar[str] = "image.variant"
    asset_id: UUID
    width: int
    quality: int
    format: str


class AssetProgress(Event):
    """How far an upload has come; `variant_type` is what was made last."""

    name = "asset:processing_progress"

    asset_id: UUID
    status: Literal["processing", "ready", "failed"]
    progress: int
    variant_type: str | None = None
    error: Reason | None = None
