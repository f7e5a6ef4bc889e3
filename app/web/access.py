"""Who may use a route, what it reads, how often: worked out once per handler from its signature and its `opt`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import BodyKwarg
from litestar.routes import HTTPRoute

from app.web.parameters import Parameter, camel, parameters_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNREPEATED = ("/api/auth/", "/api/api-keys", "/api/webhooks/")  # secrets and signatures are not stored for replay


class Access(StrEnum):
    """Who a route is for. Declared as `opt={"access": Access.USER}`, which is also the default."""

    PUBLIC = "public"  # nobody need be signed in; credentials are not looked at
    USER = "user"  # a guest, a registered user, or an API key
    REGISTERED = "registered"  # a registered user, or their API key
    LOGIN = "login"  # a browser's login, guests too; no API key
    REGISTERED_LOGIN = "registered-login"  # a registered user's login; no API key
    ADMIN = "admin"
    SIGN_IN = "sign-in"  # makes logins: no CSRF token, but no foreign page either


class Principal(msgspec.Struct, frozen=True):
    """On whose behalf a request acts, and how they said who they are."""

    user_id: UUID
    role: Literal["guest", "user", "admin"]
    via: Literal["cookie", "api_key"]
    login_id: UUID | None = None
    token_hash: bytes | None = None  # of the cookie's token; CSRF tokens are bound to it
    scopes: frozenset[str] | None = None  # of an API key: "read", "write"; None may do both


Body = Literal["none", "json", "multipart", "raw"]


class Policy(msgspec.Struct, frozen=True):
    """What the shell checks before a handler runs."""

    access: Access
    body: Body
    body_required: bool
    path: dict[str, Parameter]  # by the name in the route's template
    query: dict[str, Parameter]  # by the name on the wire
    limits: tuple[str, ...]
    idempotent: bool  # an Idempotency-Key is honoured
    decoder: msgspec.json.Decoder[Any] | None  # of a JSON body
    distinct_keys: bool  # a JSON body may not name a field twice
    max_body_bytes: int
    strict_query: bool


def policy_of(handler: BaseRouteHandler, app: Litestar) -> Policy:
    """Return a handler's policy; those of the whole application are worked out on first use."""
    if "policy" not in handler.opt:
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for method_handler, _ in route.route_handler_map.values():
                    names = tuple(name for name, part in route.path_parameters.items() if part.type is str)
                    method_handler.opt["policy"] = _work_out(route.path_format, names, method_handler)
    return handler.opt["policy"]


def _work_out(path: str, path_names: tuple[str, ...], handler: HTTPRouteHandler) -> Policy:
    parameters = parameters_of(handler, frozenset(path_names))
    access = Access(handler.opt.get("access", Access.USER))
    body, required = _body(handler)
    streamed = str(handler.media_type).startswith("text/event-stream")
    creates = "POST" in handler.http_methods and handler.status_code in (201, 202) and not streamed
    return Policy(
        access=access,
        body=body,
        body_required=required,
        path={name: found for name in path_names for found in parameters if found.name == camel(name)},
        query={parameter.name: parameter for parameter in parameters if parameter.place == "query"},
        limits=_limits(handler, access),
        idempotent=bool(handler.opt.get("idempotent", creates and not path.startswith(UNREPEATED))),
        decoder=_decoder(handler) if body == "json" else None,
        distinct_keys=bool(handler.opt.get("distinct_keys", access is Access.SIGN_IN)),
        max_body_bytes=handler.resolve_request_max_body_size() or 0,
        strict_query=path.startswith("/api"),
    )


def _limits(handler: HTTPRouteHandler, access: Access) -> tuple[str, ...]:
    if handler.opt.get("unlimited"):
        return ()
    own = handler.opt.get("limit", "sign-in" if access is Access.SIGN_IN else ())
    names: Sequence[str] = (own,) if isinstance(own, str) else own
    return ("api", *names)


def _body(handler: HTTPRouteHandler) -> tuple[Body, bool]:
    """Return what kind of body a handler reads, and whether it needs one."""
    data = handler.parsed_fn_signature.parameters.get("data")
    if "body" in handler.opt:
        return handler.opt["body"] or "none", handler.opt["body"] is not None
    if data is None:
        return "none", False
    media_type = data.kwarg_definition.media_type if isinstance(data.kwarg_definition, BodyKwarg) else ""
    return "multipart" if "multipart" in media_type else "json", not data.is_optional


def _decoder(handler: HTTPRouteHandler) -> msgspec.json.Decoder[Any] | None:
    data = handler.parsed_fn_signature.parameters.get("data")
    return msgspec.json.Decoder(data.annotation) if data else None
