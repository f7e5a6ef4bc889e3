"""Every refusal as one RFC 9457 document: `application/problem+json`, whatever the handler's own media type."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap

from app.lib.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from app.lib.schema import View
from app.web import validation
from app.web.idempotency import Replay, replay
from app.web.outages import outage
from app.web.parameters import camel
from app.web.routes import allow_header

log = structlog.get_logger()

OURS = f"{Path(__file__).parents[2]}/app/"
MEDIA_TYPE = "application/problem+json"
_UNREADABLE = (RecursionError, UnicodeError, OverflowError)

AnyRequest = Request[Any, Any, Any]


class ErrorItem(View):
    """One thing wrong with the request: where (a JSON Pointer into the body, or `query.limit`) and why."""

    pointer: str
    message: str


class ProblemDetails(View):
    """A refusal (RFC 9457). `code` is stable and for programs, `detail` says what to do next; facts may be added."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[ErrorItem]


class MethodNotAllowed(Problem):
    """405: the path exists, the method does not."""

    status = 405
    title = "This path does not have that method"


class InternalError(Problem):
    """500: a bug of ours; the request id leads to its traceback in the log."""

    status = 500
    title = "Something went wrong on our side"


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return `responses=` for a handler that refuses with these statuses, for the OpenAPI document."""
    return {
        status: ResponseSpec(
            data_container=ProblemDetails,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


def document(problem: Problem, scope: Mapping[str, Any]) -> bytes:
    """Return the encoded problem document of one refusal of one request."""
    code = problem.code()
    details = {camel(name): value for name, value in problem.facts.items()}
    details |= {
        "type": f"/docs#problem-{code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": quote(scope["path"]),
        "code": code,
        "requestId": scope["state"].get("request_id", ""),
        "errors": problem.errors,
    }
    return msgspec.json.encode(details)


def answer(problem: Problem, request: AnyRequest) -> Response[bytes]:
    """Return the response one refusal becomes."""
    return Response(
        document(problem, cast("Mapping[str, Any]", request.scope)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def translate(error: Exception, request: AnyRequest) -> Problem:
    """Return the refusal an error amounts to; what is nobody's request's fault is logged and becomes 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _from_framework(error, request)
    if isinstance(error, HTTPException) and error.detail == "client disconnected prematurely":
        return Invalid("The connection closed before the whole request had arrived.")
    if isinstance(error, _UNREADABLE):
        log.warning(
            "request.unreadable", error=type(error).__name__, where=_where(error)
        )  # almost always hostile input
        return Invalid("The request nests too deeply, or holds text or numbers that cannot be read.")
    if problem := outage(error):
        log.warning("request.outage", status=problem.status, error=type(error).__name__, where=_where(error))
        return problem
    log.error("request.failed", exc_info=error)
    return InternalError("It has been recorded. If it happens again, tell us the request id.")


def _from_framework(error: HTTPException, request: AnyRequest) -> Problem:
    """Translate Litestar's own refusals; their texts quote the request, so none of them is passed on."""
    match error.status_code:
        case 401:
            return Unauthenticated()
        case 403:
            return Forbidden("You may not do this.")
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            methods = (error.headers or {}).get("allow", "").split(", ")
            return MethodNotAllowed(
                "`Allow` lists what it has.", headers={"Allow": allow_header(filter(None, methods))}
            )
        case 413:
            limit = request.route_handler.resolve_request_max_body_size() or 0
            return TooLarge(f"Send at most {limit} bytes.", limit_bytes=limit)
        case 415:
            return UnsupportedMedia("Send another content type.")
        case _ if error.detail == "Request Entity Too Large":  # more form parts than allowed
            return TooLarge("The form has too many parts, or the head of one is too long.")
        case _:
            return Invalid("Correct what `errors` lists.", errors=validation.explain(error, request))


def _where(error: BaseException) -> str:
    """Return the last line of ours an error went through: it tells a bug, and is cheap however often it is caused."""
    frame, where = error.__traceback__, ""
    while frame:
        path = frame.tb_frame.f_code.co_filename
        where = f"{path.removeprefix(OURS)}:{frame.tb_lineno}" if path.startswith(OURS) or not where else where
        frame = frame.tb_next
    return where


def _on_error(request: AnyRequest, error: Exception) -> Response[bytes]:
    return answer(translate(error, request), request)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {HTTPException: _on_error, Replay: replay, Exception: _on_error}
