"""Passwords: which are accepted, and their Argon2id hashes."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from app.domain.accounts.common_passwords import is_common
from app.lib.errors import FieldError, TemporarilyUnavailable, Unprocessable
from app.lib.text import fold_email

T = TypeVar("T")
MIN_LENGTH = 8
MAX_LENGTH = 128  # hashing costs more with length, so nobody may choose it freely

# Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html; about 20 ms here.
_argon2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
# Nobody's hash: it costs as much to verify as a real one and never matches.
_NOBODY = f"$argon2id$v=19$m={_argon2.memory_cost},t={_argon2.time_cost},p={_argon2.parallelism}${'A' * 22}${'A' * 43}"


class PasswordTooShort(Unprocessable):
    """Fewer characters than are hard to guess."""

    title = "The password is too short"


class PasswordTooLong(Unprocessable):
    """More characters than we hash."""

    title = "The password is too long"


class CommonPassword(Unprocessable):
    """A password that is tried first by whoever guesses."""

    title = "This password is too easy to guess"


class SigningInBusy(TemporarilyUnavailable):
    """More people sign in at this moment than passwords can be checked."""

    title = "Too many people are signing in right now"


class Verdict(NamedTuple):
    """Whether a password was right; `better_hash` replaces a stored hash made with weaker settings."""

    matches: bool
    better_hash: str | None = None


class Hashing:
    """Argon2id in a few threads, with a short queue: unbounded, it would take memory and processor from everything."""

    def __init__(self, threads: int = 2, waiting: int = 20) -> None:
        self._threads = ThreadPoolExecutor(threads, "passwords")
        self._room = threads + waiting

    async def hash(self, password: str) -> str:
        """Return what is stored of a password. Raises SigningInBusy."""
        return await self._run(lambda: _argon2.hash(normal(password)))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Tell whether a password is right, as slowly when there is no stored hash. Raises SigningInBusy."""
        return await self._run(lambda: _verify(stored, normal(password)))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._room <= 0:
            raise SigningInBusy("Try again in a few seconds.", retry_after_s=2)
        self._room -= 1
        try:
            # One that is cancelled while it waits leaves the queue; one that runs is done within milliseconds.
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._room += 1


HASHING = Hashing()  # one per process


def normal(password: str) -> str:
    """Return a password in the one form the same keys always give; nothing else about it is changed."""
    return unicodedata.normalize("NFC", password)


def check_new(password: str, email: str | None, where: str) -> None:
    """Refuse a password that should not be chosen; `where` points at its field.

    Raises PasswordTooShort, PasswordTooLong, CommonPassword.
    """
    text = normal(password)
    if len(text) < MIN_LENGTH:
        errors = [FieldError(where, f"Has fewer than {MIN_LENGTH} characters")]
        raise PasswordTooShort(f"Choose at least {MIN_LENGTH} characters.", errors=errors)
    if len(text) > MAX_LENGTH:
        errors = [FieldError(where, f"Has more than {MAX_LENGTH} characters")]
        raise PasswordTooLong(f"Choose at most {MAX_LENGTH} characters.", errors=errors)
    if is_common(text) or _is_own_address(text, email):
        errors = [FieldError(where, "Is among the first that are tried")]
        raise CommonPassword("Choose one that is not on every list: a few unrelated words are good.", errors=errors)


def _is_own_address(password: str, email: str | None) -> bool:
    if not email:
        return False
    address = fold_email(email)
    return password.casefold() in (address, address.partition("@")[0])


def _verify(stored: str | None, password: str) -> Verdict:
    """Verify in a worker thread. What is longer than any password of ours is compared too, so that it takes as long."""
    acceptable = stored is not None and len(password) <= MAX_LENGTH
    try:
        _argon2.verify(stored if stored is not None and acceptable else _NOBODY, password[:MAX_LENGTH])
    except (Argon2Error, InvalidHashError):
        return Verdict(False)
    if stored is None or not acceptable:
        return Verdict(False)
    return Verdict(True, _argon2.hash(password) if _argon2.check_needs_rehash(stored) else None)
