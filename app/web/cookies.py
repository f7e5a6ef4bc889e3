"""The session cookie: its name, its flags, and how it is set and cleared."""

from datetime import timedelta

from litestar.datastructures import Cookie

from app.settings import Settings

LIFETIME = timedelta(days=30)


def is_secure(settings: Settings) -> bool:
    """Tell whether people reach us over https."""
    return settings.base_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; the prefix makes browsers refuse one planted by a sister domain or over http."""
    return "__Host-session" if is_secure(settings) else "session"


def session_cookie(token: str, settings: Settings, lifetime: timedelta = LIFETIME) -> Cookie:
    """Return the cookie that carries a login's token."""
    cross_site = bool(settings.cors_origins)  # a page on another site may send it, which browsers allow over https only
    return Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        max_age=int(lifetime.total_seconds()),
        httponly=True,
        secure=cross_site or is_secure(settings),
        samesite="none" if cross_site else "lax",
    )


def cleared_cookie(settings: Settings) -> Cookie:
    """Return the cookie that makes a browser forget its login."""
    return session_cookie("", settings, timedelta(0))
