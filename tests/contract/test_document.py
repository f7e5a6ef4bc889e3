"""The document of the whole API: what is frozen, and what every generator and linter asks of one."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from app.asgi import create_app
from app.settings import Settings
from app.web.openapi import document
from tests.contract.conftest import DOCUMENT
from tests.live import LiveServer

Json = dict[str, Any]

# Names that generated clients call. One may be added; none may change or go.
FROZEN = """
DELETE /api/api-keys/{id} deleteApiKey
DELETE /api/assets/{assetId} deleteAsset
DELETE /api/auth/logins/{id} endLogin
DELETE /api/rooms/{roomId} deleteRoom
DELETE /api/sessions/{sessionId} deleteSession
GET /api/api-keys listApiKeys
GET /api/assets/{assetId} getAsset
GET /api/assets/{assetId}/content getAssetContent
GET /api/auth/logins listLogins
GET /api/auth/me getMe
GET /api/csrf-token getCsrfToken
GET /api/events streamEvents
GET /api/jobs listJobs
GET /api/jobs/{jobId} getJob
GET /api/notifications listNotifications
GET /api/renders/{renderId} getRender
GET /api/rooms/{roomId} getRoom
GET /api/rooms/{roomId}/assets listAssets
GET /api/rooms/{roomId}/checklist getChecklist
GET /api/rooms/{roomId}/renders listRenders
GET /api/sessions listSessions
GET /api/sessions/{sessionId} getSession
GET /api/sessions/{sessionId}/events streamSessionEvents
GET /api/sessions/{sessionId}/rooms listRooms
GET /api/styles listStyles
GET /api/styles/search searchStyles
GET /api/styles/{slug} getStyle
GET /health getHealth
GET /health/ready getReadiness
PATCH /api/assets/{assetId} changeAsset
PATCH /api/me changeMe
PATCH /api/renders/{renderId} judgeRender
PATCH /api/rooms/{roomId} changeRoom
PATCH /api/sessions/{sessionId} changeSession
POST /api/api-keys createApiKey
POST /api/auth/guest startGuest
POST /api/auth/login login
POST /api/auth/logout logout
POST /api/auth/password changePassword
POST /api/auth/register register
POST /api/jobs/{jobId}/cancel cancelJob
POST /api/jobs/{jobId}/retry retryJob
POST /api/notifications/read-all readAllNotifications
POST /api/notifications/{notificationId}/read readNotification
POST /api/renders requestRender
POST /api/rooms/{roomId}/assets uploadAsset
POST /api/sessions createSession
POST /api/sessions/{sessionId}/rooms createRoom
PUT /api/rooms/{roomId}/checklist replaceChecklist
"""

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def spec() -> Json:
    return document(create_app(Settings()).app, Settings())


def _operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _nodes(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything in the document, with where it is."""
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _nodes(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, f"{place}/{index}")


def _schemas(spec: Json) -> Iterator[tuple[str, Json]]:
    """Yield every schema that is not a part of another."""
    yield from spec["components"]["schemas"].items()
    for place, node in _nodes(spec["paths"]):
        if place.endswith("/schema"):
            yield place, node
        if place.endswith("/x-events"):
            yield from ((f"{place}/{name}", schema) for name, schema in node.items())


def test_the_frozen_document_is_what_the_code_says(spec: Json) -> None:
    assert json.loads(DOCUMENT.read_text()) == spec, "run `make openapi`, and look at what that changes for clients"


def test_it_is_what_a_server_sends(spec: Json, live_server: LiveServer) -> None:
    sent = httpx.get(f"{live_server.url}/openapi.json").json()

    assert sent.pop("servers") == [{"url": live_server.url}]
    assert sent == {name: part for name, part in spec.items() if name != "servers"}


def test_no_operation_was_renamed_or_moved(spec: Json) -> None:
    operations = [f"{method.upper()} {path} {says['operationId']}" for method, path, says in _operations(spec)]

    assert sorted(operations) == FROZEN.split("\n")[1:-1]


def test_its_version_is_semantic(spec: Json) -> None:
    assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", spec["info"]["version"])


def test_it_is_valid_openapi(spec: Json) -> None:
    validator = jsonschema_rs.Draft202012Validator(OPENAPI_31)

    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(spec)] == []


def test_its_schemas_are_valid(spec: Json) -> None:
    invalid = [name for name, schema in _schemas(spec) if not jsonschema_rs.meta.is_valid(schema)]

    assert invalid == []


def test_examples_and_defaults_are_what_they_are_examples_of(spec: Json) -> None:
    tried = 0
    for place, node in _nodes(spec):
        if isinstance(node, dict) and ("examples" in node or "default" in node) and not place.endswith("/properties"):
            schema = {**node, "components": spec["components"]}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            for value in [*node.get("examples", []), *([node["default"]] if "default" in node else [])]:
                tried += 1
                assert validator.is_valid(value), f"{place}: {value!r}"
    assert tried > 10


def test_every_operation_says_what_it_must(spec: Json) -> None:
    tags = {tag["name"] for tag in spec["tags"] if tag["description"]}
    schemes = spec["components"]["securitySchemes"]
    for method, path, says in _operations(spec):
        name = f"{method} {path}"
        assert re.fullmatch(r"[a-z][A-Za-z]+", says["operationId"]), name
        assert says["summary"], name
        assert says["description"], name
        assert says["tags"], name
        assert set(says["tags"]) <= tags, name
        assert {scheme for requirement in says["security"] for scheme in requirement} <= set(schemes), name
        statuses = [int(status) for status in says["responses"]]
        assert any(200 <= status < 300 for status in statuses), name
        assert any(400 <= status < 500 for status in statuses), name
        assert all(answer["description"] for answer in says["responses"].values()), name


def test_every_refusal_is_a_problem(spec: Json) -> None:
    for method, path, says in _operations(spec):
        for status, answer in says["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == [PROBLEM], f"{method} {path} {status}"


def test_paths_are_distinct_and_plain(spec: Json) -> None:
    blank = [re.sub(r"\{\w+\}", "{}", path) for path in spec["paths"]]

    assert len(set(blank)) == len(blank)
    assert not [path for path in spec["paths"] if path.endswith("/") or "?" in path]
    for method, path, says in _operations(spec):
        named = [parameter["name"] for parameter in says["parameters"] if parameter["in"] == "path"]
        assert sorted(named) == sorted(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"
        places = [(parameter["in"], parameter["name"].lower()) for parameter in says["parameters"]]
        assert len(set(places)) == len(places), f"{method} {path}"


def test_components_are_used_and_named_for_generators(spec: Json) -> None:
    used = {node["$ref"] for _, node in _nodes(spec) if isinstance(node, dict) and "$ref" in node}
    names = spec["components"]["schemas"]

    assert {f"#/components/schemas/{name}" for name in names} == used
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", name) for name in names)


def test_enums_hold_no_null_and_say_their_type(spec: Json) -> None:
    enums = [
        (place, node) for place, node in _nodes(spec) if isinstance(node, dict) and isinstance(node.get("enum"), list)
    ]

    assert enums
    assert [place for place, node in enums if None in node["enum"] or "type" not in node] == []


def test_texts_use_the_names_that_travel(spec: Json) -> None:
    names = {name for _, node in _nodes(spec) if isinstance(node, dict) for name in node.get("properties", {})}
    texts = [(place, node) for place, node in _nodes(spec) if place.endswith(("/description", "/summary"))]
    quoted = [(place, word) for place, text in texts if isinstance(text, str) for word in re.findall(r"`(\w+)`", text)]

    camel = {re.sub(r"(?<=[a-z])([A-Z])", lambda hit: f"_{hit[1].lower()}", name): name for name in names}
    assert [(place, word) for place, word in quoted if "_" in word and word in camel] == []


LINKS = {
    "createSession 201": "changeSession createRoom deleteSession getSession listRooms streamSessionEvents",
    "createRoom 201": "changeRoom deleteRoom getChecklist getRoom listAssets listRenders replaceChecklist "
    "requestRender uploadAsset",
    "requestRender 202": "cancelJob getJob getRender judgeRender retryJob",
    "getChecklist 200": "replaceChecklist",
    "listStyles 200": "getStyle",
    "getMe 200": "",
}


@pytest.mark.parametrize("answer", LINKS)
def test_an_answer_says_where_it_leads(spec: Json, answer: str) -> None:
    name, _, status = answer.partition(" ")
    (source,) = (says for _, _, says in _operations(spec) if says["operationId"] == name)

    links: Json = source["responses"][status].get("links", {})

    assert sorted(links) == LINKS[answer].split()


def test_links_name_parameters_that_are_there(spec: Json) -> None:
    known = {says["operationId"]: {part["name"] for part in says["parameters"]} for _, _, says in _operations(spec)}
    links = [link for place, node in _nodes(spec["paths"]) if place.endswith("/links") for link in node.values()]

    assert links
    assert all(set(link.get("parameters", {})) <= known[link["operationId"]] for link in links)


def test_it_names_its_licence_and_a_server(spec: Json) -> None:
    assert spec["info"]["license"]["identifier"]
    assert [server["url"] for server in spec["servers"]] == [Settings().base_url]
