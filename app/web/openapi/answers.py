"""Which answers a route can give, and which headers they carry."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from app.web.access import SAFE_METHODS, Access, Policy
from app.web.openapi.schemas import Json, Schemas
from app.web.problems import MEDIA_TYPE as PROBLEM
from app.web.problems import ProblemDetails

BINARY: Json = {"type": "string", "format": "binary"}
HEADERS: dict[str, tuple[str, Json]] = {
    "X-Request-Id": ("Names this request in logs; the one sent, if it was well-formed.", {"type": "string"}),
    "RateLimit": ("What is left of each limit, and the seconds until some comes back.", {"type": "string"}),
    "RateLimit-Policy": ("The limits that count this request: quota and window in seconds.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before asking again.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to sign in.", {"type": "string"}),
    "ETag": ("The version, for If-None-Match and If-Match.", {"type": "string"}),
    "Location": ("Where what was made is found.", {"type": "string", "format": "uri-reference"}),
    "Link": ('The next page, as `rel="next"`.', {"type": "string"}),
    "Idempotency-Replayed": ("`true` when this answer was stored for an earlier request.", {"type": "string"}),
    "Set-Cookie": ("The session cookie.", {"type": "string"}),
    "Accept-Ranges": ("Parts can be asked for.", {"type": "string"}),
    "Content-Range": ("Which part of how many bytes.", {"type": "string"}),
    "Content-Disposition": ("A name to save it under.", {"type": "string"}),
}
# In every answer of the kind; others may be missing.
ALWAYS = frozenset({"X-Request-Id", "Retry-After", "WWW-Authenticate", "Content-Range", "Accept-Ranges"})


def success(handler: HTTPRouteHandler, policy: Policy, schemas: Schemas) -> Json:
    """Return the answers of a handler that does what it was asked to, by status."""
    if types := handler.opt.get("download"):
        return _downloads(types, policy)
    kind = _returned(handler)
    answers: Json = {str(handler.status_code): _answer(handler, policy, handler.status_code, kind, schemas)}
    for status, spec in (handler.responses or {}).items():
        if status < 400:
            answers[str(status)] = _answer(handler, policy, status, spec.data_container, schemas, spec.description)
    if is_tagged(handler, policy):
        answers["304"] = {"description": "You have this version.", "headers": _headers(["X-Request-Id", "ETag"])}
    return answers


def refusals(handler: HTTPRouteHandler, policy: Policy, schemas: Schemas) -> Json:
    """Return the problems a route can answer with, by status."""
    statuses = {status for status in handler.responses or {} if status >= 400} | _by_policy(handler, policy)
    answers: Json = {}
    for status in sorted(statuses):
        names = ["X-Request-Id"]
        names += ["WWW-Authenticate"] if status == 401 else []
        names += ["Retry-After"] if status in (429, 503) else []
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(names),
            "content": {PROBLEM: {"schema": schemas.of(ProblemDetails)}},
        }
    return answers


def is_tagged(handler: HTTPRouteHandler, policy: Policy) -> bool:
    """Tell whether a read answers with an ETag: those that build their response themselves do."""
    reads = "GET" in handler.http_methods and policy.strict_query
    return bool(handler.opt.get("etag", reads and get_origin(_annotation(handler)) is Response))


def _by_policy(handler: HTTPRouteHandler, policy: Policy) -> set[int]:
    """Return what the shell may refuse before a handler runs, and what can fail below any."""
    anonymous = policy.access in (Access.PUBLIC, Access.SIGN_IN)
    rules = {
        400: True,
        401: not anonymous,
        403: not anonymous or policy.access is Access.SIGN_IN,
        404: bool(policy.path),
        409: policy.idempotent,
        412: "if_match" in handler.parsed_fn_signature.parameters,
        413: policy.body != "none",
        415: policy.body in ("json", "multipart"),
        422: policy.idempotent,
        428: handler.opt.get("if_match") == "required",
        429: bool(policy.limits),
        500: True,
        503: policy.strict_query,
    }
    return {status for status, possible in rules.items() if possible}


def _annotation(handler: HTTPRouteHandler) -> Any:
    return handler.parsed_fn_signature.return_type.annotation


def _returned(handler: HTTPRouteHandler) -> Any:
    """Return the type of what a handler sends; None for nothing, bytes for what has no type."""
    kind = _annotation(handler)
    if isinstance(kind, type) and issubclass(kind, Stream):
        return str
    if get_origin(kind) is Response or kind is Response:
        kind = (*get_args(kind), Any)[0]
    return bytes if kind is Any else None if kind is type(None) else kind


def _answer(
    handler: HTTPRouteHandler, policy: Policy, status: int, kind: Any, schemas: Schemas, description: str = ""
) -> Json:
    answer: Json = {
        "description": description or HTTPStatus(status).phrase,
        "headers": _headers(_success_headers(handler, policy, status)),
    }
    if status not in (204, 304) and kind is not None:
        media_type = str(getattr(handler.media_type, "value", handler.media_type) or "application/json")
        media_type = media_type.partition(";")[0]
        answer["content"] = {media_type: {"schema": dict(BINARY) if kind is bytes else schemas.of(kind)}}
    return answer


def _success_headers(handler: HTTPRouteHandler, policy: Policy, status: int) -> list[str]:
    fields = handler.parsed_fn_signature.parameters
    names = ["X-Request-Id"]
    names += ["RateLimit", "RateLimit-Policy"] if policy.limits else []
    names += ["ETag"] if is_tagged(handler, policy) or ("if_match" in fields and status < 202) else []
    names += ["Location"] if status in (201, 202) and policy.idempotent else []
    names += ["Idempotency-Replayed"] if policy.idempotent else []
    names += ["Link"] if "page" in fields else []
    names += ["Set-Cookie"] if policy.access is Access.SIGN_IN else []
    return names


def _downloads(types: Sequence[str], policy: Policy) -> Json:
    """Return the answers of a route that sends stored bytes."""
    content = {media_type: {"schema": dict(BINARY)} for media_type in types}
    names = ["X-Request-Id", "ETag", "Accept-Ranges", "Content-Disposition"]
    names += ["RateLimit", "RateLimit-Policy"] if policy.limits else []
    return {
        "200": {"description": "The whole file.", "headers": _headers(names), "content": content},
        "206": {
            "description": "The part asked for.",
            "headers": _headers([*names, "Content-Range"]),
            "content": content,
        },
        "304": {"description": "You have this version.", "headers": _headers(["X-Request-Id", "ETag"])},
    }


def _headers(names: Sequence[str]) -> Json:
    return {
        name: {"description": HEADERS[name][0], "schema": dict(HEADERS[name][1])}
        | ({"required": True} if name in ALWAYS else {})
        for name in names
    }


def is_safe(handler: HTTPRouteHandler) -> bool:
    """Tell whether a handler only reads."""
    return handler.http_methods <= SAFE_METHODS
