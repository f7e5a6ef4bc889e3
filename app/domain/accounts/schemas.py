"""Accounts as they travel."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from app.db.models import ApiKey, User
from app.lib.schema import NO_NUL, Currency, Name100, Schema, View

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# ASCII only: look-alike letters would make two addresses of one. A domain in other letters has its xn-- form.
EMAIL = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])$(?!\n)"
LOCALE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)"

Email = Annotated[str, Meta(max_length=254, pattern=EMAIL, examples=["ada@example.com"])]
AnyText = Annotated[str, Meta(max_length=1024, pattern=NO_NUL)]
NewPassword = Annotated[
    str,
    Meta(
        max_length=1024,
        pattern=NO_NUL,
        description="8 to 128 characters and not among those tried first, else 422; otherwise kept exactly as typed.",
        examples=["four unrelated words"],
    ),
]
Locale = Annotated[str, Meta(max_length=20, pattern=LOCALE, examples=["en-US"])]
Role = Literal["guest", "user", "admin"]
Scope = Literal["read", "write"]
ALL_SCOPES: tuple[Scope, ...] = get_args(Scope)


class Registration(Schema):
    """A new account. A guest's browser makes the guest that account."""

    email: Email
    password: NewPassword
    display_name: Name100 | None = None


class Credentials(Schema):
    """Who signs in."""

    email: Annotated[str, Meta(max_length=254, pattern=NO_NUL)]
    password: AnyText


class PasswordChange(Schema):
    """A new password, asked for by somebody who knows the present one."""

    current_password: AnyText
    new_password: NewPassword


class MePatch(Schema):
    """What changes; what is left out stays. A display name of null clears it."""

    display_name: Name100 | UnsetType | None = UNSET
    locale: Locale | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET


class ApiKeyCreate(Schema):
    """A key for a program. Without scopes it may do everything, without an expiry it does not expire."""

    name: Name100
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=len(ALL_SCOPES))] | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class UserView(View):
    """A person. Guests have no e-mail address."""

    id: UUID
    role: Role
    email: str | None
    email_verified: bool
    display_name: str | None
    locale: str
    currency: str
    created_at: datetime

    @classmethod
    def of(cls, row: User) -> "UserView":
        """Return a user's row as it travels."""
        return cls(
            id=row.id,
            role=row.role,  # type: ignore[arg-type] - a CHECK keeps it to these
            email=row.email,
            email_verified=row.email_verified_at is not None,
            display_name=row.display_name,
            locale=row.locale,
            currency=row.currency,
            created_at=row.created_at,
        )


class SignInAnswer(View):
    """Who is signed in now; the cookie comes with it. Unsafe requests carry the token as `X-CSRF-Token`."""

    user: UserView
    csrf_token: str


class CsrfToken(View):
    """A token for `X-CSRF-Token`, bound to the login that asked. With nobody signed in it opens nothing."""

    csrf_token: str


class LoginView(View):
    """One signed-in browser; `isCurrent` is the one that asks."""

    id: UUID
    is_current: bool
    user_agent: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class LoginPage(View):
    """Some of the browsers somebody is signed in with, newest first."""

    items: list[LoginView]
    next_cursor: str | None


class ApiKeyView(View):
    """An API key, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class ApiKeyPage(View):
    """Some of somebody's API keys, newest first."""

    items: list[ApiKeyView]
    next_cursor: str | None


class NewApiKey(View):
    """An API key that was just made. `key` is shown here and never again."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    expires_at: datetime | None
    created_at: datetime
    key: str

    @classmethod
    def of(cls, row: ApiKey, key: str) -> "NewApiKey":
        """Return a new key's row with the key itself."""
        return cls(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            scopes=row.scopes,  # type: ignore[arg-type] - only these are stored
            expires_at=row.expires_at,
            created_at=row.created_at,
            key=key,
        )
