"""What a handler reads from its path and query, with every bound: the guard checks by it, the document shows it.

Litestar drops the bounds of a parameter's own type and converts leniently (`1e2` and `1.0` are whole numbers to it, `1`
is true, `null` is nothing), so parameters are checked here first, as strictly as they are described.
"""

import re
import types
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.types import Empty
from litestar.typing import FieldDefinition
from msgspec import Meta

from app.lib.errors import FieldError

Place = Literal["path", "query", "header", "cookie"]

_GRAMMAR: dict[Any, tuple[re.Pattern[str], str]] = {
    int: (re.compile(r"-?(0|[1-9][0-9]{0,18})"), "Expected a whole number in digits"),
    bool: (re.compile(r"true|false"), "Expected `true` or `false`"),
    UUID: (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "Invalid UUID"),
}
_BOUNDS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length")
_NOT_PARAMETERS = frozenset(
    {"request", "data", "state", "scope", "headers", "cookies", "query", "body", "socket", "self"}
)


class Parameter(NamedTuple):
    """One value a handler reads from a request."""

    name: str  # on the wire
    place: Place
    kind: Any  # its type with every bound, never None: left out is not null
    many: bool  # may be repeated
    required: bool
    default: Any  # msgspec.UNSET without one
    description: str

    def faults(self, texts: list[str]) -> Iterator[FieldError]:
        """Yield what is wrong with the values given."""
        where = f"{self.place}.{self.name}"
        if len(texts) > 1 and not self.many:
            yield FieldError(where, "Is given more than once")
            return
        item = _item_type(self.kind) if self.many else self.kind
        pattern, message = _GRAMMAR.get(_plain(item), (None, ""))
        for text in texts:
            if pattern and not pattern.fullmatch(text):
                yield FieldError(where, message)
                return
        try:
            msgspec.convert(texts if self.many else texts[0], self.kind, strict=False)
        except msgspec.ValidationError as error:
            yield FieldError(where, str(error).partition(" - at ")[0])


def parameters_of(handler: HTTPRouteHandler, path_names: Collection[str]) -> tuple[Parameter, ...]:
    """Return what a handler and the dependencies it uses read, each once."""
    found: dict[tuple[Place, str], Parameter] = {}
    fields = handler.parsed_fn_signature.parameters
    for parameter in _walk(fields, handler.resolve_dependencies(), path_names):
        found.setdefault((parameter.place, parameter.name), parameter)
    return tuple(found.values())


def _walk(
    fields: Mapping[str, FieldDefinition], dependencies: Mapping[str, Provide], path_names: Collection[str]
) -> Iterator[Parameter]:
    for name, field in fields.items():
        if name in dependencies:
            yield from _walk(dependencies[name].parsed_fn_signature.parameters, dependencies, path_names)
        elif name not in _NOT_PARAMETERS and not field.is_di_field:
            yield _parameter(name, field, path_names)


def _parameter(name: str, field: FieldDefinition, path_names: Collection[str]) -> Parameter:
    given = field.kwarg_definition if isinstance(field.kwarg_definition, ParameterKwarg) else None
    place: Place = "path" if name in path_names else cast("Place", given.param_type.value if given else "query")
    kind = _full_type(field.raw, given)
    return Parameter(
        name=(given.name if given else None) or (camel(name) if place == "path" else name),
        place=place,
        kind=kind,
        many=place == "query" and get_origin(_plain(kind)) in (list, tuple, set, frozenset),
        required=place == "path" or (field.default is Empty and not field.is_optional),
        default=msgspec.UNSET if field.default in (Empty, None) else field.default,
        description=(given.description if given else None) or "",
    )


def _full_type(raw: Any, given: ParameterKwarg | None) -> Any:
    """Return a type with the bounds of its own and of its parameter, and without None."""
    bounds: dict[str, Any] = {name: value for name in _BOUNDS if (value := getattr(given, name, None)) is not None}
    if given and given.min_items is not None:
        bounds["min_length"] = given.min_items
    if given and given.max_items is not None:
        bounds["max_length"] = given.max_items
    metas: list[Meta] = []
    while get_origin(raw) is Annotated:
        raw, *extras = get_args(raw)
        metas += [extra for extra in extras if isinstance(extra, Meta)]
    if get_origin(raw) in (Union, types.UnionType):
        raw = Union[tuple(part for part in get_args(raw) if part is not type(None))]  # noqa: UP007 - built at run time
    for meta in [*metas, *([Meta(**bounds)] if bounds else [])]:
        raw = Annotated[raw, meta]
    return raw


def _plain(kind: Any) -> Any:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def _item_type(kind: Any) -> Any:
    return get_args(_plain(kind))[0]


def camel(name: str) -> str:
    """Return a snake_case name as it travels."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
