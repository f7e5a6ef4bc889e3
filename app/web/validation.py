"""Says where a request does not match the document: a JSON Pointer into the body, or `query.limit`, `path.roomId`."""

import re
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException

from app.lib.errors import FieldError
from app.web.parameters import camel

_MISSING_PARAMETER = re.compile(r"^Missing required (\w+) parameter '([^']+)'")
_NAMED_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `([^`]+)`")


def explain(error: HTTPException, request: Request[Any, Any, Any]) -> list[FieldError]:
    """Return what is wrong and where, without quoting the request."""
    if match := _MISSING_PARAMETER.match(error.detail):
        return [FieldError(f"{match[1]}.{match[2]}", "Is required")]
    if isinstance(error.extra, list):
        return [_field_error(item, request) for item in error.extra]
    return [FieldError("", _reason(error))]


def _field_error(item: dict[str, Any], request: Request[Any, Any, Any]) -> FieldError:
    message, key, source = str(item.get("message", "")), str(item.get("key", "")), item.get("source")
    if source == "body" or key == "data":
        return body_error(message, "" if key == "data" else key)
    where = getattr(source, "value", source) or "query"
    return FieldError(f"{where}.{_wire_name(key, request)}", message)


def body_error(message: str, path: str) -> FieldError:
    """Return what is wrong at a place msgspec names, such as `$.items[0].name`."""
    if message == "'data'":  # the handler's argument was never filled
        return FieldError("", "A body is required")
    pointer = _pointer(path.rpartition("` in `")[2])
    if match := _NAMED_FIELD.match(message):
        pointer += f"/{_escape(match[1])}"
    if message.startswith("Unsupported type"):  # of a form's part, where one file is wanted
        message = "Is given more than once" if "list" in message else "Must be a file"
    return FieldError(pointer, message)


def _pointer(path: str) -> str:
    """Return `/items/0/name` for `$.items[0].name`; inside a mapping the key is not known, so it ends there."""
    known = path.removeprefix("$").partition("[...]")[0]
    parts = [part for part in re.split(r"[.\[\]]+", known) if part]
    return "".join(f"/{_escape(part)}" for part in parts)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _wire_name(key: str, request: Request[Any, Any, Any]) -> str:
    """Return a parameter's name as clients know it."""
    field = request.route_handler.parsed_fn_signature.parameters.get(key)
    alias = getattr(field.kwarg_definition, "name", None) if field else None
    return alias or camel(key)


def _reason(error: HTTPException) -> str:
    cause = error.__cause__
    detail = str(cause) if cause is not None else ""
    if "multipart" in error.detail:
        return "The form cannot be read"
    if "JSON" in detail or "Input data was truncated" in detail:
        return detail.partition(" - ")[0][:200]
    return "The body cannot be read"
