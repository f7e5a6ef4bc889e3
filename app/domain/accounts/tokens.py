"""Secrets handed out: made at random, kept only as hashes."""

import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

IDLE = timedelta(days=14)  # a login not used for so long has ended; the cookie lives for web.cookies.LIFETIME
TOKEN_LENGTH = 43  # 256 bits in base64url
KEY_START = "ra_live_"
PREFIX_LENGTH = len(KEY_START) + 8
KEY_LENGTH = PREFIX_LENGTH + 1 + TOKEN_LENGTH


class NewKey(NamedTuple):
    """An API key that was just made: `ra_live_<prefix>_<secret>`, and the part that may be shown later."""

    key: str
    prefix: str


def new_token() -> str:
    """Return a token for a login's cookie."""
    return secrets.token_urlsafe(32)


def new_key() -> NewKey:
    """Return an API key."""
    prefix = KEY_START + secrets.token_hex(4)
    return NewKey(f"{prefix}_{secrets.token_urlsafe(32)}", prefix)


def digest(secret: str) -> bytes:
    """Return what is stored of a token or key. One round is enough: nobody can guess 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def may_be_token(text: str) -> bool:
    """Tell whether text has the shape of a login's token, so that nothing else costs a query."""
    return len(text) == TOKEN_LENGTH and text.isascii()


def may_be_key(text: str) -> bool:
    """Tell whether text has the shape of an API key, so that nothing else costs a query."""
    return len(text) == KEY_LENGTH and text.startswith(KEY_START) and text.isascii()
