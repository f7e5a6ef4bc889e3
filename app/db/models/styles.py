"""Interior styles to choose from."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Versioned

CATALOGUE_KEY = "styles"  # the cache holds all styles under it: whoever writes one drops it after the commit


class Style(Versioned, Base):
    """One interior style: colours (walls first), materials, and where it suits."""

    __tablename__ = "styles"

    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(1000))
    palette: Mapped[list[Any]]  # [{name, hex}]
    materials: Mapped[list[str]]
    keywords: Mapped[list[str]]
    rooms: Mapped[list[str]]
    era: Mapped[str] = mapped_column(String(100))
    origin: Mapped[str] = mapped_column(String(100))
