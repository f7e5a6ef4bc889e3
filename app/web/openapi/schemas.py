"""JSON Schemas of everything that travels, from the types that check it.

msgspec describes its own checks (bounds on items, zero bounds, unknown fields), so little is left to do: what clients
need besides (types of enums, formats of times, no titles), and what is always sent though it has a default.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
from litestar.datastructures import UploadFile
from msgspec import UNSET, inspect

from app.lib.schema import Schema

Json = dict[str, Any]
PREFIX = "#/components/schemas/"


class Schemas:
    """Collects types, then describes them all at once: shared ones by reference."""

    def __init__(self) -> None:
        self._types: list[Any] = []
        self._places: list[Json] = []
        self._defaults: list[Any] = []
        self._forms: set[type] = set()

    def of(self, kind: Any, default: Any = UNSET) -> Json:
        """Return where a type's schema will stand; it is filled in by `finish`."""
        place: Json = {}
        self._types.append(kind)
        self._places.append(place)
        self._defaults.append(default)
        return place

    def form(self, kind: type) -> Json:
        """Return the same for a form, whose fields are left out rather than null."""
        self._forms.add(kind)
        return self.of(kind)

    def finish(self) -> Json:
        """Fill in every place, and return the components they refer to."""
        schemas, components = msgspec.json.schema_components(
            self._types, schema_hook=_hook, ref_template=f"{PREFIX}{{name}}"
        )
        names = {name: _component_name(name, components) for name in components}
        structs = {_struct_name(struct): struct for struct in _structs(self._types)}
        for name, schema in components.items():
            if struct := structs.get(name):
                _tell_struct(schema, struct)
                if struct.cls in self._forms:
                    schema["properties"] = {key: _never_null(part) for key, part in schema["properties"].items()}
        for place, schema, default in zip(self._places, schemas, self._defaults, strict=True):
            place.update(_polished(schema, names))
            if default is not UNSET:
                place["default"] = msgspec.to_builtins(default)
        return {names[name]: _polished(components[name], names) for name in sorted(components, key=names.__getitem__)}


def _hook(kind: Any) -> Json:
    if kind is UploadFile:
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(kind)


def _structs(kinds: Iterable[Any]) -> Iterator[inspect.StructType]:
    """Yield every struct among some types and inside them, once."""
    seen: set[int] = set()
    todo: list[Any] = list(inspect.multi_type_info(kinds))
    while todo:
        node = todo.pop()
        if isinstance(node, inspect.StructType):
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            todo += [field.type for field in node.fields]
        elif isinstance(node, inspect.UnionType):
            todo += node.types
        else:
            names = ("item_type", "value_type", "type")
            todo += [inner for name in names if isinstance(inner := getattr(node, name, None), inspect.Type)]
            todo += cast("tuple[Any, ...]", getattr(node, "item_types", ()))


def _struct_name(struct: inspect.StructType) -> str:
    """Return the name msgspec gives a struct's component: `Page[Room]` is `Page_Room_`."""
    name = struct.cls.__name__
    return name.replace("[", "_").replace("]", "_") if name.endswith("]") else name


def _tell_struct(schema: Json, struct: inspect.StructType) -> None:
    """Say what msgspec does not: formats of times, names as they travel; of what we send, that every field is there."""
    for field in struct.fields:
        _tell_times(schema["properties"][field.encode_name], field.type)
        if "description" in schema:  # it is a docstring, which calls fields what Python does
            schema["description"] = schema["description"].replace(f"`{field.name}`", f"`{field.encode_name}`")
    for part in schema["properties"].values():
        # Generators take a field with a default for one that is always there, and would demand it of those who send.
        default = part.pop("default", None)
        if default not in (None, [], {}) and issubclass(struct.cls, Schema):
            part["description"] = " ".join(
                [*filter(None, [part.get("description")]), f"Default: `{json.dumps(default)}`."]
            )
    if not issubclass(struct.cls, Schema):
        schema["required"] = [field.encode_name for field in struct.fields if _is_always_sent(field)]


def _never_null(schema: Json) -> Json:
    if "anyOf" in schema:
        (only,) = (part for part in schema["anyOf"] if part.get("type") != "null")
        schema = only
    return schema


def _is_always_sent(field: inspect.Field) -> bool:
    """Tell whether a field we send is always there; one whose default is UNSET may be left out."""
    defaults = (field.default, field.default_factory)
    return field.required or any(default is not msgspec.NODEFAULT for default in defaults)


def _tell_times(schema: Json, kind: inspect.Type) -> None:
    """Add `format` where a time travels; msgspec leaves it out where the type does not insist on a time zone."""
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.DateTimeType):
        schema["format"] = "date-time"
    elif isinstance(kind, inspect.UnionType):
        if any(isinstance(part, inspect.DateTimeType) for part in kind.types):
            for part in schema.get("anyOf", [schema]):
                if part.get("type") == "string":
                    part["format"] = "date-time"
    elif isinstance(kind, inspect.CollectionType) and "items" in schema:
        _tell_times(schema["items"], kind.item_type)


def _component_name(name: str, components: Json) -> str:
    """Return a name generators make a good class of: `Page_RoomView_` is `RoomPage`."""
    if not name.endswith("_"):
        return name
    outer, _, inner = name.strip("_").partition("_")
    short = f"{inner.removesuffix('View')}{outer}"
    return short if short not in components else f"{inner}{outer}"


def _polished(schema: Any, names: dict[str, str]) -> Any:
    """Return a schema without titles, with types beside enums, and with references by our names."""
    if isinstance(schema, list):
        return [_polished(part, names) for part in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    node = cast("Json", schema)
    if "enum" in node or "const" in node:
        node = _enumerated(node)
    out: Json = {}
    for key, value in node.items():
        if key == "title" and isinstance(value, str):
            continue
        if key == "$ref":
            out[key] = _renamed(value, names)
        elif key == "mapping":
            out[key] = {tag: _renamed(target, names) for tag, target in value.items()}
        elif key in ("default", "examples", "enum"):
            out[key] = value
        elif key == "properties":
            out[key] = {name: _polished(part, names) for name, part in value.items()}
        else:
            out[key] = _polished(value, names)
    if out.get("required") == []:
        del out["required"]
    return out


def _enumerated(node: Json) -> Json:
    """Return an enum with its type, and without null among the members: that is said beside it."""
    members: list[Any] = node["enum"] if "enum" in node else [node["const"]]
    rest = {key: value for key, value in node.items() if key not in ("enum", "const")}
    plain = [member for member in members if member is not None]
    kind = "string" if all(isinstance(member, str) for member in plain) else "integer"
    described = {"type": kind, "enum": plain}
    if len(plain) == len(members):
        return rest | described
    return rest | {"anyOf": [described, {"type": "null"}]}


def _renamed(reference: str, names: dict[str, str]) -> str:
    name = reference.removeprefix(PREFIX)
    return f"{PREFIX}{names.get(name, name)}"
