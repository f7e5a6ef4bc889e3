"""Reads JSON bodies as strictly as the OpenAPI document describes them.

Litestar decodes a body to plain values and converts those as it converts a query, so that `"1"` passes for a number and
`"null"` for nothing. Here it is decoded once, straight into the handler's type.
"""

import json
from typing import Any

import msgspec
from litestar import Request

from app.lib.errors import FieldError, Invalid
from app.web.access import policy_of
from app.web.validation import body_error

REPEATED = "Is given more than once"


class StrictRequest(Request[Any, Any, Any]):
    """The application's `request_class`: its JSON is what the handler declares, or Invalid is raised."""

    async def json(self) -> Any:
        """Return the body, decoded into the type of the handler's `data`."""
        policy = policy_of(self.route_handler, self.app)
        body = await self.body()
        if policy.decoder is None:
            return msgspec.json.decode(body)
        if policy.distinct_keys:
            _refuse_repeated_fields(body)
        try:
            return _decode(policy.decoder, body)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `")
            raise Invalid("Correct what `errors` lists.", errors=[body_error(message, path.rstrip("`"))]) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid("Correct what `errors` lists.", errors=[FieldError("", _reason(error))]) from None


def _decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if "Expected `int" not in str(error) or "got `float`" not in str(error):
            raise
    return msgspec.convert(_WHOLE.decode(body), decoder.type)  # to JSON Schema, 1.0 is a whole number too


def _number(digits: str) -> int | float:
    number = float(digits)
    return int(number) if number.is_integer() else number


_WHOLE = msgspec.json.Decoder(float_hook=_number)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "Nests too deeply"
    return str(error)[:200] if isinstance(error, msgspec.DecodeError) else "Is not UTF-8"


def _refuse_repeated_fields(body: bytes) -> None:
    """Refuse a body that names a field twice: which value counts differs between readers."""
    try:
        json.loads(body, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return  # not JSON at all; the decoder says so better


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid("Name each field once.", errors=[FieldError(f"/{name[:100]}", REPEATED)])
        found[name] = value
    return found
