"""Passwords that are tried first, from a list of words and the few ways people vary them.

A word counts alone, doubled, or with a usual ending: so a few thousand words stand for the tops of the published lists.
"""

import re
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("common_passwords.txt")
FEW_DIGITS = 12  # a shorter run of digits is a date, a telephone number, or quickly tried anyway
USUAL_ENDING = re.compile(r"(?:\d{1,3}|(?:19[5-9]|20[0-4])\d|1234|12345|123456|1234567|12345678|123456789|1234567890)$")
REPEATED = re.compile(r"(.{1,3}?)\1+.{0,2}")


def is_common(password: str) -> bool:
    """Tell whether a password is among those tried first, however its letters are cased."""
    text = password.casefold()
    half, odd = divmod(len(text), 2)
    return (
        text in common_words()
        or (text.isdecimal() and len(text) < FEW_DIGITS)
        or REPEATED.fullmatch(text) is not None
        or (not odd and text[:half] == text[half:] and text[:half] in common_words())
        or _ends_as_usual(text)
    )


@cache
def common_words() -> frozenset[str]:
    """Return the words of the list."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("# ") for word in line.split())


def _ends_as_usual(text: str) -> bool:
    """Tell whether a listed word is left when one of the usual endings is cut off."""
    digits = len(text) - len(text.rstrip("0123456789"))
    cuts = range(1, digits + 1)
    return any(USUAL_ENDING.fullmatch(text[-cut:]) and text[:-cut] in common_words() for cut in cuts)
