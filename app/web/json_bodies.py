"""Refuses JSON that two readers could understand differently."""

import json
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection

from app.lib.errors import FieldError, Invalid


async def refuse_repeated_fields(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Read a small JSON body and refuse one that names a field twice: which value counts differs between readers."""
    if not isinstance(connection, Request):
        return
    body = await connection.body()
    try:
        json.loads(body, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return  # not JSON at all; the handler's own decoder says so better


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid("Name each field once.", errors=[FieldError(f"/{name[:100]}", "Is given more than once")])
        found[name] = value
    return found
