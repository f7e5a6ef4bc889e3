"""What every table shares: ids, times, naming of constraints, and the repository base."""

import app.lib.slim  # isort: skip  # noqa: F401  # pyright: ignore[reportUnusedImport] - before SQLAlchemy

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from advanced_alchemy.base import CommonTableAttributes
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import CheckConstraint, DateTime, MetaData, Numeric, String, func
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.lib.ids import new_id


class Base(CommonTableAttributes, DeclarativeBase):
    """The declarative base of every table."""

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - what the database fills in comes back with the write
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        datetime: DateTime(timezone=True),
        Decimal: Numeric(12, 2),
        dict[str, Any]: JSONB(none_as_null=True),  # None is no value at all, so that `is null` finds it
        list[Any]: JSONB,
        list[str]: ARRAY(String),
        bytes: BYTEA,
    }


class Keyed:
    """A UUIDv7 primary key and when the row was made."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)


class Versioned(Keyed):
    """A row that people edit: `version` counts its changes and is what its ETag is made of."""

    version: Mapped[int] = mapped_column(default=1, server_default="1", sort_order=80)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=91)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the CHECK that keeps a text column to a closed list of values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


Row = TypeVar("Row", bound=Base)


class Repository(SQLAlchemyAsyncRepository[Row]):  # type: ignore[type-var]
    """The queries of one feature. A read on someone's behalf takes their id, so that none can leak."""

    def __init__(self, *, session: AsyncSession) -> None:
        # What the database fills in comes back with the write itself, so reading the row again would be a wasted trip.
        super().__init__(session=session, auto_refresh=False)
