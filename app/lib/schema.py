"""Base structs of everything that travels as JSON, and the text and number types they share.

What comes in is a `Schema`: camelCase, unknown fields refused. What goes out is a `View`: camelCase.
Patterns and bounds stand in the types, so that the OpenAPI document shows them and clients can keep them.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

# Written so that Python and every other language read them alike: `\d` and `\s` mean more characters in Python than
# elsewhere, and its `$` also matches before a line break at the end.
END = r"$(?!\n)"
BLANKS = r"\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
NO_NUL = r"^[^\u0000]*$"  # PostgreSQL stores no NUL in text
SLUG = rf"^[a-z0-9]+(-[a-z0-9]+)*{END}"
SOME_TEXT = rf"^[^\u0000]*[^{BLANKS}][^\u0000]*$"  # and this one not only blanks either

Name100 = Annotated[str, Meta(min_length=1, max_length=100, pattern=SOME_TEXT)]
Title200 = Annotated[str, Meta(min_length=1, max_length=200, pattern=SOME_TEXT)]
Text200 = Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
Text500 = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
Text1000 = Annotated[str, Meta(max_length=1_000, pattern=NO_NUL)]
Text2000 = Annotated[str, Meta(max_length=2_000, pattern=NO_NUL)]
Amount = Annotated[str, Meta(pattern=rf"^[0-9]{{1,10}}(\.[0-9]{{1,2}})?{END}", examples=["1250.00"])]
Currency = Annotated[str, Meta(pattern=rf"^[A-Z]{{3}}{END}", examples=["USD"])]
Slug = Annotated[str, Meta(min_length=1, max_length=60, pattern=SLUG)]


class Schema(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A request body: camelCase on the wire, unknown fields refused."""


class View(msgspec.Struct, rename="camel"):
    """A response body: camelCase on the wire."""


class Reason(View):
    """Why something ended badly, in words for a homeowner, and a stable code for programs."""

    code: str
    message: str


class Accepted(View, kw_only=True):
    """202: the work is recorded and will be done; its job tells how it goes."""

    job_id: UUID
    status: str = "queued"
    links: dict[str, str]


def changes(patch: msgspec.Struct) -> dict[str, Any]:
    """Return what a PATCH body really sets: its fields without the unset ones, by attribute name."""
    return {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not msgspec.UNSET}
