"""The whole document, put together from the routes of an application."""

import inspect
import sys
from collections.abc import Iterator

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.settings import Settings
from app.web.access import policy_of
from app.web.cookies import cookie_name
from app.web.openapi.links import add_links
from app.web.openapi.operations import BEARER, COOKIE, CSRF, operation
from app.web.openapi.schemas import Json, Schemas
from app.web.parameters import camel

VERSION = "1.0.0"  # of the API: a field more is a minor step, anything a client could trip over a major one
DESCRIPTION = """\
Plan a renovation: rooms and photos in, pictures of the room in a new style, costs, a schedule and a report out.

Refusals are RFC 9457 problem documents; `code` is stable. Lists take `cursor` and `limit` and answer `items` and
`nextCursor`. Creating requests honour `Idempotency-Key`. What is slow is a job: 202, then its events. Clients ignore
fields and enum values they do not know: those may be added at any time; anything else is announced by `Deprecation` and
`Sunset` six months ahead.
"""


def document(app: Litestar, settings: Settings) -> Json:
    """Return the OpenAPI 3.1 document of an application."""
    schemas = Schemas()
    paths: Json = {}
    tags: dict[str, str] = {}
    for path, method, handler in _operations(app):
        paths.setdefault(path, {})[method] = operation(handler, policy_of(handler, app), schemas)
        for tag in handler.resolve_tags():
            tags.setdefault(tag, _about(handler))
    components = schemas.finish()
    contents: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Renovation Agent",
            "version": VERSION,
            "summary": "Backend of an AI home-renovation planner.",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.base_url}],
        "tags": [{"name": name, "description": about} for name, about in sorted(tags.items())],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security_schemes(settings)},
    }
    add_links(contents)
    return contents


def _operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield path, method and handler of everything that is in the document, in the order of paths."""
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    for route in sorted(routes, key=lambda route: route.path_format):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            handler, _ = route.route_handler_map.get(method, (None, None))  # type: ignore[call-overload]
            if handler and handler.resolve_include_in_schema():
                yield _camel_path(route.path_format), method.lower(), handler


def _camel_path(template: str) -> str:
    return "/".join(f"{{{camel(part[1:-1])}}}" if part.startswith("{") else part for part in template.split("/"))


def _about(handler: HTTPRouteHandler) -> str:
    """Return what a group of routes is about: the text of their controller."""
    controller, _, method = handler.fn.__qualname__.rpartition(".")
    owner = getattr(sys.modules[handler.fn.__module__], controller, None) if method else None
    return " ".join(inspect.cleandoc((owner or handler.fn).__doc__ or "").split())


def _security_schemes(settings: Settings) -> Json:
    return {
        BEARER: {"type": "http", "scheme": "bearer", "description": "An API key. Cookies are not looked at beside it."},
        COOKIE: {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(settings),
            "description": "A browser's login, set by `/api/auth/*`.",
        },
        CSRF: {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "From sign-in or `GET /api/csrf-token`; needed beside the cookie to change anything.",
        },
    }
