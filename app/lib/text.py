"""Text as people type it: normalised for comparing, stored as typed, escaped only where it leaves."""

import unicodedata


def fold_email(address: str) -> str:
    """Return the form under which an e-mail address is unique: NFKC, case folded, trimmed."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def one_line(text: str, limit: int) -> str:
    """Return text on one line without control characters, cut to `limit` characters."""
    clean = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
