"""Which methods a path has: the whole `Allow`, for OPTIONS and 405."""

from collections.abc import Iterable, Mapping

from litestar import Litestar
from litestar.routes import HTTPRoute


class RouteTable:
    """Looks a request path up among the paths the application serves."""

    def __init__(self, routes: Mapping[str, Iterable[str]]) -> None:
        self._root = _Node()
        for template, methods in routes.items():
            self._add(template, frozenset(methods))

    @classmethod
    def of(cls, app: Litestar) -> "RouteTable":
        """Return the table of everything registered on an application."""
        return cls({route.path_format: route.methods for route in app.routes if isinstance(route, HTTPRoute)})

    def allow(self, path: str) -> str | None:
        """Return the value of `Allow` for a path, or None where nothing is served."""
        node = self._root
        for part in filter(None, path.split("/")):
            found = node.children.get(part) or node.children.get("{}")
            if found is None:
                return None
            node = found
        return node.allow

    def _add(self, template: str, methods: frozenset[str]) -> None:
        node = self._root
        for part in filter(None, template.split("/")):
            node = node.children.setdefault("{}" if part.startswith("{") else part, _Node())
        node.allow = allow_header(methods)


class _Node:
    __slots__ = ("allow", "children")

    def __init__(self) -> None:
        self.allow: str | None = None
        self.children: dict[str, _Node] = {}


def allow_header(methods: Iterable[str]) -> str:
    """Return `Allow` for the methods of a path: with HEAD beside GET, and OPTIONS, which the shell answers."""
    full = {*methods, "OPTIONS"}
    if "GET" in full:
        full.add("HEAD")
    return ", ".join(sorted(full))
