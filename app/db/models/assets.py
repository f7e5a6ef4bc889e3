"""Pictures and floor plans of a room, and what was derived from them."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Versioned, one_of

ASSET_TYPES = ("photo", "floorplan", "render", "document")
ASSET_STATUSES = ("processing", "ready", "failed")
ASSET_SOURCES = ("upload", "render")


class Asset(Versioned, Base):
    """One stored picture or file. While `processing`, `upload_key` names the bytes as they came, never served."""

    __tablename__ = "assets"
    __table_args__ = (
        one_of("asset_type", ASSET_TYPES),
        one_of("status", ASSET_STATUSES),
        one_of("source", ASSET_SOURCES),
        Index("ix_assets_room_id_id", "room_id", "id"),
        Index("ix_assets_owner_id", "owner_id"),
        Index("ix_assets_session_id", "session_id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("renovation_sessions.id", ondelete="CASCADE"))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    asset_type: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    filename: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int]
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    caption: Mapped[str | None] = mapped_column(String(500))
    alt_text: Mapped[str | None] = mapped_column(String(500))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    upload_key: Mapped[str | None] = mapped_column(String(200))
    storage_key: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[dict[str, Any] | None]


class AssetVariant(Keyed, Base):
    """One derived size and format of an asset, made once."""

    __tablename__ = "asset_variants"
    __table_args__ = (UniqueConstraint("asset_id", "name"),)

    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))  # "800-80.webp", "thumbnail.webp"
    content_type: Mapped[str] = mapped_column(String(60))
    storage_key: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    width_px: Mapped[int]
    height_px: Mapped[int]
