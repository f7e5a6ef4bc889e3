"""Outside services, one folder each: the port in our words, the real adapter, and an embedded default.

An adapter turns every failure of its vendor into one of two: `Refused` or `Unavailable`. No vendor type leaves it.
"""

from typing import Any


class VendorError(Exception):
    """A vendor did not do what was asked; `reason` says so in words a homeowner understands."""

    def __init__(self, reason: str, *, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail or reason}")
        self.reason = reason
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickling needs to bring the failure out of a child process with its reason and code."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[VendorError], args: tuple[Any, ...], facts: dict[str, Any]) -> VendorError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class Refused(VendorError):
    """The vendor will never do this: asking again changes nothing."""


class Unavailable(VendorError):
    """The vendor cannot do this now: asking again later may help."""

    def __init__(
        self,
        reason: str,
        *,
        code: str,
        detail: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason, code=code, detail=detail)
        self.retry_after_s = retry_after_s
