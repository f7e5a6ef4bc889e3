"""One operation: what it is called, who may use it, what it takes."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from litestar.handlers import HTTPRouteHandler

from app.web.access import Access, Policy
from app.web.openapi import answers
from app.web.openapi.schemas import Json, Schemas
from app.web.parameters import Parameter

BEARER, COOKIE, CSRF = "bearer", "session", "csrf"
MATCH = "The `ETag` of the version that is meant, several, or `*`."


def operation(handler: HTTPRouteHandler, policy: Policy, schemas: Schemas) -> Json:
    """Return the Operation Object of a handler."""
    text = " ".join(inspect.cleandoc(handler.fn.__doc__ or "").split())
    found: Json = {
        "operationId": handler.operation_id,
        "tags": sorted(handler.resolve_tags()),
        "summary": handler.summary or re.split(r"(?<=[.:;])\s", text)[0].rstrip(".:;"),
        "description": handler.description or text,
        "security": _security(handler, policy),
        "parameters": [
            *(_parameter(parameter, schemas) for parameter in [*policy.path.values(), *policy.query.values()]),
            *_headers(handler, policy),
        ],
        "responses": answers.success(handler, policy, schemas) | answers.refusals(handler, policy, schemas),
    }
    if handler.deprecated:
        found["deprecated"] = True
    if policy.body != "none":
        found["requestBody"] = _body(handler, policy, schemas)
    if events := handler.opt.get("events"):
        found["x-events"] = {event.name: schemas.of(event) for event in events}
    return found


def _security(handler: HTTPRouteHandler, policy: Policy) -> list[dict[str, list[str]]]:
    if policy.access in (Access.PUBLIC, Access.SIGN_IN):
        return []
    by_cookie: dict[str, list[str]] = {COOKIE: []} if answers.is_safe(handler) else {COOKIE: [], CSRF: []}
    if policy.access in (Access.LOGIN, Access.REGISTERED_LOGIN):
        return [by_cookie]
    return [{BEARER: []}, by_cookie]


def _parameter(parameter: Parameter, schemas: Schemas) -> Json:
    schema = schemas.of(parameter.kind, parameter.default)
    found: Json = {"name": parameter.name, "in": parameter.place, "required": parameter.required, "schema": schema}
    if parameter.description:
        found["description"] = parameter.description
    return found


def _headers(handler: HTTPRouteHandler, policy: Policy) -> Iterator[Json]:
    """Yield the headers a route honours besides those its handler declares."""
    if policy.idempotent:
        text = (
            "Names this request: sent again with the same key within a day, it gets the same answer and does nothing."
        )
        yield _header("Idempotency-Key", text, minLength=1, maxLength=255, pattern="^[!-~]([ -~]*[!-~])?$")
    if "if_match" in handler.parsed_fn_signature.parameters:
        required = handler.opt.get("if_match") == "required"
        yield _header("If-Match", MATCH, required=required, minLength=1, examples=["*"])
    if answers.is_tagged(handler, policy) or "download" in handler.opt:
        yield _header("If-None-Match", "The `ETag` of the version you have.")
    if "download" in handler.opt:
        yield _header("Range", "One range of bytes.", examples=["bytes=0-1023"])
        yield _header("If-Range", "The `ETag` the range is of; another version is sent whole.")
    if str(handler.media_type).startswith("text/event-stream"):
        yield _header("Last-Event-ID", "The last event you have: the stream begins after it.")


def _header(name: str, description: str, *, required: bool = False, **bounds: Any) -> Json:
    schema = {"type": "string", **bounds}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def _body(handler: HTTPRouteHandler, policy: Policy, schemas: Schemas) -> Json:
    data = handler.parsed_fn_signature.parameters.get("data")
    if policy.body == "raw" or data is None:
        return {"required": True, "content": {"application/octet-stream": {"schema": dict(answers.BINARY)}}}
    if policy.body == "multipart":
        return {"required": True, "content": {"multipart/form-data": {"schema": schemas.form(data.annotation)}}}
    return {"required": policy.body_required, "content": {"application/json": {"schema": schemas.of(data.annotation)}}}
