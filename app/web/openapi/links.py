"""Where an answer leads: the operations that take the ids it holds, worked out from paths and schemas.

An id is known by its collection: `{roomId}` stands behind `/rooms/`, and what answers under `/rooms` has such an `id`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.web.openapi.schemas import PREFIX, Json


class _Operation(NamedTuple):
    path: str
    method: str
    says: Json
    places: list[tuple[str, str]]  # the collections in the path, and the parameter behind each


class _Ids(NamedTuple):
    """Where ids stand in an answer, by collection: of what the answer is about, and of what else it names."""

    own: dict[str, str]
    others: dict[str, str]


def add_links(document: Json) -> None:
    """Add Link Objects to the answers of what makes or lists something, and of reads with an ETag."""
    operations = [
        _Operation(path, method, says, re.findall(r"/([^/{}]+)/\{(\w+)\}", path))
        for path, methods in document["paths"].items()
        for method, says in methods.items()
    ]
    collections = {name: collection for operation in operations for collection, name in operation.places}
    schemas = document["components"]["schemas"]
    for source in operations:
        for status, answer in source.says["responses"].items():
            if status.startswith("2"):
                ids = _ids(source, status, answer, collections, schemas)
                if links := dict(link for target in operations for link in _to(target, source, status, ids, schemas)):
                    answer["links"] = links


def _to(target: _Operation, source: _Operation, status: str, ids: _Ids, schemas: Json) -> Iterator[tuple[str, Json]]:
    """Yield the link from one answer to one operation, if there is one."""
    name = target.says["operationId"]
    if parameters := _next_write(source, status, target) or _filled(target, ids.own):
        yield name, {"operationId": name, "parameters": parameters}
    elif body := _body(target, ids, schemas):
        yield name, {"operationId": name, "requestBody": body}


def _ids(source: _Operation, status: str, answer: Json, collections: dict[str, str], schemas: Json) -> _Ids:
    schema = _resolve(answer.get("content", {}).get("application/json", {}).get("schema", {}), schemas)
    properties: Json = schema.get("properties", {})
    place = "$response.body#"
    if "items" in properties:
        properties = _resolve(properties["items"]["items"], schemas)["properties"]
        place += "/items/0"
    elif status not in ("201", "202"):
        return _Ids({}, {})
    named = {collections[name]: f"{place}/{name}" for name in properties if name in collections and name != "id"}
    if "id" not in properties:  # 202 names what will be there and its job, a style has a slug
        return _Ids(named, named)
    own = {source.path.rpartition("/")[2]: f"{place}/id"}
    return _Ids(own, named | own)


def _filled(target: _Operation, ids: dict[str, str]) -> Json:
    """Return the path parameters of an operation, if there are ids for all of them."""
    if all(collection in ids for collection, _ in target.places):
        return {name: ids[collection] for collection, name in target.places}
    return {}


def _body(target: _Operation, ids: _Ids, schemas: Json) -> Json:
    """Return the ids an operation's body requires, if they are there, and it has no path to fill."""
    content = target.says.get("requestBody", {}).get("content", {}).get("application/json")
    if not content or target.places or not ids.own:
        return {}
    schema = _resolve(content["schema"], schemas)
    wanted = [name for name in schema.get("required", ()) if schema["properties"][name].get("format") == "uuid"]
    known = {f"{collection.removesuffix('s')}Id": pointer for collection, pointer in ids.others.items()}
    return {name: known[name] for name in wanted} if all(name in known for name in wanted) else {}


def _next_write(source: _Operation, status: str, target: _Operation) -> Json:
    """Return what a change needs of the read before it: the same path, and the version that was read."""
    names = {parameter["name"] for parameter in target.says["parameters"]}
    if (source.method, source.path, status) != ("get", target.path, "200") or "If-Match" not in names:
        return {}
    return {name: f"$request.path.{name}" for _, name in source.places} | {"If-Match": "$response.header.ETag"}


def _resolve(schema: Json, schemas: Json) -> Json:
    return schemas[schema["$ref"].removeprefix(PREFIX)] if "$ref" in schema else schema
