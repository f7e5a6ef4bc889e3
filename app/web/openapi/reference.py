"""The document as a page to read: plain HTML, one style sheet inside, no script, nothing from elsewhere."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Any, cast

from app.lib.errors import Problem
from app.web.openapi.schemas import PREFIX, Json

STYLE = """
:root{color-scheme:light dark;--line:#8884;--accent:light-dark(#8a3d1c,#f0a884)}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem 1.25rem 4rem}
code{font:.875em/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
a{color:var(--accent)}h2{margin-top:3rem;border-bottom:1px solid var(--line)}h3{margin:2rem 0 .25rem}
nav ul{columns:16rem;padding-left:1.2rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
summary{cursor:pointer}.method{display:inline-block;min-width:4.5rem;font-weight:600}
"""
_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page(document: Json) -> str:
    """Return the page that shows a document and every problem code."""
    info = document["info"]
    return "".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape(info['title'])} API</title><style>{STYLE}</style>",
            f"<body><main><h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>",
            *(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n")),
            '<p>The same for programs: <a href="/openapi.json">openapi.json</a>.</p>',
            *_contents(document),
            *_groups(document),
            *_schemas(document),
            *_problems(),
            "</main></body></html>",
        ]
    )


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield method.upper(), path, operation


def _contents(document: Json) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    for tag in document["tags"]:
        yield f'<li><a href="#{tag["name"]}">{escape(tag["name"])}</a></li>'
    yield '<li><a href="#schemas">schemas</a></li><li><a href="#problems">problems</a></li></ul></nav>'


def _groups(document: Json) -> Iterator[str]:
    for tag in document["tags"]:
        yield f'<section><h2 id="{tag["name"]}">{escape(tag["name"])}</h2><p>{escape(tag["description"])}</p>'
        for method, path, operation in _operations(document, tag["name"]):
            yield from _operation(method, path, operation)
        yield "</section>"


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<h3 id="{name}"><span class="method">{method}</span> <code>{escape(path)}</code></h3>'
    yield f"<p>{escape(operation['description'])} <small>{name} · {_who(operation)}</small></p>"
    if operation["parameters"]:
        yield "<table><thead><tr><th>Parameter<th>In<th>Type<th>Meaning</tr></thead><tbody>"
        for parameter in operation["parameters"]:
            needed = " *" if parameter["required"] else ""
            yield f"<tr><td><code>{escape(parameter['name'])}</code>{needed}<td>{parameter['in']}"
            yield f"<td>{_kind(parameter['schema'])}<td>{escape(parameter.get('description', ''))}</tr>"
        yield "</tbody></table>"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: <code>{media_type}</code>, {_kind(content['schema'])}</p>"
    yield "<table><thead><tr><th>Status<th>Answer<th>Type</tr></thead><tbody>"
    for status, answer in operation["responses"].items():
        kinds = ", ".join(
            f"<code>{media_type}</code> {_kind(content['schema'])}"
            for media_type, content in answer.get("content", {}).items()
        )
        yield f"<tr><td>{status}<td>{escape(answer['description'])}<td>{kinds}</tr>"
    yield "</tbody></table>"


def _who(operation: Json) -> str:
    if not operation["security"]:
        return "anyone"
    return "or ".join(" and ".join(requirement) + " " for requirement in operation["security"]).strip()


def _kind(schema: Json) -> str:
    """Return a schema in a few words, linked to where it is described."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    bounds = {key: value for key, value in schema.items() if key not in ("type", "description", "examples")}
    words = ", ".join(f"{key} {json.dumps(value)}" for key, value in bounds.items())
    return escape(f"{schema.get('type', 'any')} {words}".strip())


def _schemas(document: Json) -> Iterator[str]:
    yield '<section><h2 id="schemas">schemas</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield f'<h3 id="schema-{name}">{name}</h3><p>{escape(schema.get("description", ""))}</p>'
        required = set(schema.get("required", ()))
        yield "<table><thead><tr><th>Field<th>Type</tr></thead><tbody>"
        for field, part in cast("dict[str, Any]", schema.get("properties", {})).items():
            needed = " *" if field in required else ""
            yield f"<tr><td><code>{escape(field)}</code>{needed}<td>{_kind(part)}</tr>"
        yield "</tbody></table>"
    yield "</section>"


def _problems() -> Iterator[str]:
    yield '<section><h2 id="problems">problems</h2><p>What <code>code</code> says in a refusal.</p>'
    for kind in sorted(set(_all(Problem)), key=lambda kind: kind.code()):
        yield f'<h3 id="problem-{kind.code()}"><code>{kind.code()}</code> <small>{kind.status}</small></h3>'
        about = " ".join((kind.__doc__ or "").split())
        yield f"<p><strong>{escape(kind.title)}.</strong> {escape(about)}</p>"
    yield "</section>"


def _all(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _all(child)
