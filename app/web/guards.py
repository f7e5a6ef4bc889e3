"""Who may pass, decided before a body is read: one guard for the whole application.

It finds what it needs on `app.state`: `settings`, `limiter`, and `authenticate(bearer, cookie)`, which returns a
Principal or raises Unauthenticated. Afterwards `request.user` is the Principal, or None on a public route.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.lib.errors import FieldError, Forbidden, Invalid, TooLarge, Unauthenticated, UnsupportedMedia
from app.settings import Settings
from app.web import csrf
from app.web.access import SAFE_METHODS, Access, Policy, Principal, policy_of
from app.web.addresses import client_address, rate_key
from app.web.cookies import cookie_name
from app.web.idempotency import track
from app.web.limits import Ask, Limiter

__all__ = ["Access", "Authenticate", "Principal", "admit", "recognise"]

Authenticate = Callable[[str | None, str | None], Awaitable[Principal]]
Connection = ASGIConnection[Any, Any, Any, Any]


class RegistrationRequired(Forbidden):
    """A guest asked for what only an account has."""

    title = "Register first"


class LoginRequired(Forbidden):
    """An API key asked for what only its owner, signed in, may do."""

    title = "Sign in with your password for this"


class ScopeMissing(Forbidden):
    """An API key asked for more than it was made for."""

    title = "This API key may not do that"


class AdminOnly(Forbidden):
    """Somebody else asked for an operator's route."""

    title = "For administrators only"


class CsrfFailed(Forbidden):
    """A cookie alone does not show that our own page sent the request."""

    title = "The CSRF token is missing or not yours"


class CrossSiteRefused(Forbidden):
    """Another site's page tried to sign its visitor in."""

    title = "Not from another site"


async def admit(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let a request through to its handler, or raise the Problem that refuses it."""
    policy = policy_of(handler, connection.app)
    principal = await _identify(connection, policy)
    connection.scope["user"] = principal
    await _count(connection, policy, principal)
    if principal:
        structlog.contextvars.bind_contextvars(user_id=str(principal.user_id))
        _check_role(policy.access, principal)
        _check_scopes(connection, principal)
        _check_csrf(connection, principal)
    elif policy.access is Access.SIGN_IN:
        _check_same_site(connection)
    _check_parameters(connection, policy)
    if policy.body != "none":
        _check_body(connection, policy)
    track(connection, policy, principal)


async def recognise(connection: Connection) -> Principal | None:
    """Return who is signed in on a route that also serves those who are not; bad credentials count as none."""
    try:
        bearer, cookie = _credentials(connection)
        if bearer is None and cookie is None:
            return None
        return await connection.app.state.authenticate(bearer, cookie)
    except Unauthenticated:
        return None


async def _identify(connection: Connection, policy: Policy) -> Principal | None:
    if policy.access in (Access.PUBLIC, Access.SIGN_IN):
        return None
    try:
        bearer, cookie = _credentials(connection)
        if bearer is None and cookie is None:
            raise Unauthenticated
        return await connection.app.state.authenticate(bearer, cookie)
    except Unauthenticated:
        await _count(connection, policy, None)  # guessing keys is limited by address
        raise


def _credentials(connection: Connection) -> tuple[str | None, str | None]:
    """Return the bearer token, or else the cookie: one with a bearer never falls back to the other."""
    header = connection.headers.get("authorization")
    if header is None:
        return None, connection.cookies.get(cookie_name(connection.app.state.settings)) or None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header must be `Bearer` and an API key.")
    return token.strip(), None


async def _count(connection: Connection, policy: Policy, principal: Principal | None) -> None:
    """Count the request against its limits: by principal, or by address when nobody is signed in."""
    if not policy.limits:
        return
    limiter: Limiter = connection.app.state.limiter
    if principal:
        who = ("user", str(principal.user_id))
    else:
        settings: Settings = connection.app.state.settings
        who = ("address", rate_key(client_address(connection.scope, settings.trusted_proxies)))
    headers, refusal = await limiter.admit([Ask(name, who) for name in policy.limits])
    connection.scope["state"]["answer_headers"] = headers
    if refusal:
        raise refusal


def _check_role(access: Access, principal: Principal) -> None:
    if access is Access.ADMIN and principal.role != "admin":
        raise AdminOnly("Your account is not an administrator's.")
    if access in (Access.LOGIN, Access.REGISTERED_LOGIN) and principal.via != "cookie":
        raise LoginRequired("API keys cannot do this: use the session cookie of a login.")
    if access in (Access.REGISTERED, Access.REGISTERED_LOGIN) and principal.role == "guest":
        raise RegistrationRequired("Guests cannot do this: register, everything you made stays yours.")


def _check_scopes(connection: Connection, principal: Principal) -> None:
    needed = "read" if connection.scope.get("method") in SAFE_METHODS else "write"
    if principal.scopes is not None and needed not in principal.scopes:
        raise ScopeMissing(f"It lacks the scope `{needed}`: use a key that has it.", scope=needed)


def _check_csrf(connection: Connection, principal: Principal) -> None:
    if principal.via != "cookie" or connection.scope.get("method") in SAFE_METHODS:
        return
    settings: Settings = connection.app.state.settings
    token = connection.headers.get("x-csrf-token", "")
    if principal.token_hash is None or not csrf.verify(token, principal.token_hash, settings.secret_keys):
        raise CsrfFailed("Send `X-CSRF-Token` with the token from sign-in or GET /api/csrf-token.")


def _check_same_site(connection: Connection) -> None:
    """Refuse another site's page: it could sign a visitor in as somebody else, and read what they then write."""
    settings: Settings = connection.app.state.settings
    origin = connection.headers.get("origin")
    if origin is not None and origin in settings.cors_origins:
        return
    site = connection.headers.get("sec-fetch-site")
    if site == "cross-site" or (origin is not None and site != "same-origin" and not _is_own(origin, connection)):
        raise CrossSiteRefused("Signing in works from this service's own pages only.")


def _is_own(origin: str, connection: Connection) -> bool:
    settings: Settings = connection.app.state.settings
    if origin == settings.base_url:
        return True
    # On a laptop the page is at localhost, 127.0.0.1 or an address of the house: wherever the browser says it is.
    return not settings.public_url and urlsplit(origin).netloc == connection.headers.get("host")


def _check_parameters(connection: Connection, policy: Policy) -> None:
    """Refuse values outside their bounds; under /api also a query the route does not know, or that repeats itself."""
    errors: list[FieldError] = []
    for name, parameter in policy.path.items():
        errors += parameter.faults([connection.path_params[name]])
    if query := connection.scope["query_string"]:
        given: dict[str, list[str]] = {}
        for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            given.setdefault(name, []).append(text)
        for name, texts in given.items():
            if parameter := policy.query.get(name):
                errors += parameter.faults(texts)
            elif policy.strict_query:
                errors.append(FieldError(f"query.{name[:100]}", "Is not a parameter of this route"))
    if errors:
        raise Invalid("Correct what `errors` lists.", errors=errors[:20])


def _check_body(connection: Connection, policy: Policy) -> None:
    length = connection.headers.get("content-length")
    if length and length.isdecimal() and int(length[:18]) > policy.max_body_bytes > 0:
        raise TooLarge(f"Send at most {policy.max_body_bytes} bytes.", limit_bytes=policy.max_body_bytes)
    header = connection.headers.get("content-type")
    if header is None and length in (None, "0") and "transfer-encoding" not in connection.headers:
        if policy.body == "multipart":
            raise Invalid("Send a form.", errors=[FieldError("", "A body is required")])
        return  # no body at all: if one is needed, its decoder says so
    kind, _, parameters = (header or "").partition(";")
    kind, parameters = kind.strip().lower(), parameters.strip().lower().replace(" ", "").replace('"', "")
    if policy.body == "json" and (kind != "application/json" or parameters not in ("", "charset=utf-8")):
        raise UnsupportedMedia("Send the body as application/json in UTF-8.")
    if policy.body == "multipart" and kind != "multipart/form-data":
        raise UnsupportedMedia("Send the body as multipart/form-data.")
    if policy.body == "multipart" and not 0 < len(_boundary(connection)) <= 70:
        raise Invalid("The form's boundary is missing or longer than 70 characters.")


def _boundary(connection: Connection) -> str:
    return connection.content_type[1].get("boundary", "") if isinstance(connection, Request) else ""
