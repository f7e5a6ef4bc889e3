"""Who people are, and how they prove it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Versioned, one_of

ROLES = ("guest", "user", "admin")


class User(Versioned, Base):
    """A person: a guest until they register. Guests have neither address nor password."""

    __tablename__ = "users"
    __table_args__ = (
        one_of("role", ROLES),
        Index("uq_users_email_folded", "email_folded", unique=True, postgresql_where=text("email_folded is not null")),
    )

    role: Mapped[str] = mapped_column(String(10), default="guest")
    email: Mapped[str | None] = mapped_column(String(254))
    email_folded: Mapped[str | None] = mapped_column(String(254))  # lib.text.fold_email: unique without regard to case
    email_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    display_name: Mapped[str | None] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(20), default="en-US", server_default="en-US")
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")


class LoginSession(Keyed, Base):
    """One signed-in browser. The cookie's token is stored only as a hash."""

    __tablename__ = "login_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    last_seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]


class ApiKey(Keyed, Base):
    """A key a registered user made for a program; shown once, stored as a hash."""

    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(default=list)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
