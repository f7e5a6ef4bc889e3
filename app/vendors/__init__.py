"""Outside services, one folder each: the port in our words, the real adapter, and an embedded default.

An adapter turns every failure of its vendor into one of two: `Refused` or `Unavailable`. No vendor type leaves it.
"""


class VendorError(Exception):
    """A vendor did not do what was asked; `reason` says so in words a homeowner understands."""

    def __init__(self, reason: str, *, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail or reason}")
        self.reason = reason
        self.code = code
        self.detail = detail


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
