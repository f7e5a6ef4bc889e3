"""CSRF tokens: signed, and bound to one login, so that a token made for one browser is worthless in another."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

NONCE_BYTES = 16
TOKEN_LENGTH = 64  # 16 bytes of nonce and 32 of signature, in base64url


def issue(token_hash: bytes, secret_keys: Sequence[str]) -> str:
    """Return a new token for the login whose cookie token has this hash, signed with the first key."""
    nonce = secrets.token_bytes(NONCE_BYTES)  # differs each time, so compression of pages gives nothing away
    return urlsafe_b64encode(nonce + _sign(token_hash, nonce, secret_keys[0])).decode()


def verify(token: str, token_hash: bytes, secret_keys: Sequence[str]) -> bool:
    """Tell whether the token was issued for this login with any of our keys."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return False
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return False
    nonce, signature = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
    return any(hmac.compare_digest(signature, _sign(token_hash, nonce, key)) for key in secret_keys)


def _sign(token_hash: bytes, nonce: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), b"csrf\0" + nonce + token_hash, hashlib.sha256)
