"""Starts schemathesis at a server, as one of two people who must not see each other's things."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from tests.contract.people import Things

RULES = Path("schemathesis.toml")
MOST = 0.8  # of the requests name what is there; the others take what the document allows
COMMON = {
    "header.If-Match": ["*"],
    "header.Idempotency-Key": [str(uuid4()) for _ in range(300)],  # each fits one body only
    "body.password": ["correct horse battery"],
}

Headers = Mapping[str, str]


def fuzz(url: str, folder: Path, people: Sequence[Headers], things: Things | None, *options: str) -> str:
    """Throw generated requests at a server and return what schemathesis says. Fails the test for any finding."""
    config = folder / "schemathesis.toml"
    config.write_text("\n\n".join([RULES.read_text(), *_people(folder, people), *_values(things or Things({}, {}))]))
    program = Path(sys.executable).with_name("st")
    command = [program, "--config-file", config, "run", f"{url}/openapi.json", "--no-color", *options]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, f"ended with {ended.returncode}: {ended.stdout[-20_000:]}{ended.stderr}"
    return ended.stdout


def _people(folder: Path, people: Sequence[Headers]) -> Iterator[str]:
    """Yield who asks: the first; every other tries to read what the first may."""
    if people:
        entries = [
            {"name": f"person {number}", "fixedHeaders": [{"name": name, "value": headers[name]} for name in headers]}
            for number, headers in enumerate(people)
        ]
        path = folder / "people.json"
        path.write_text(json.dumps({"auth": entries}))
        peers = json.dumps([entry["name"] for entry in entries])
        yield f'[auth.wfc]\npath = "{path}"\nuser = "person 0"\npeers = {peers}'


def _values(things: Things) -> Iterator[str]:
    """Yield what parameters and fields mostly hold. What is deleted is nothing that others still need.

    The examples phase takes ids from earlier answers first, whatever is bound, so it deletes nothing.
    """
    kept = {f"path.{name}": values for name, values in things.kept.items()}
    kept |= {f"body.{name}": things.kept[name] for name in ("sessionId", "roomId") if name in things.kept}
    yield from _bound("[parameters]", COMMON, MOST)
    yield from _bound('[[operations]]\nexclude-method = "DELETE"\n[operations.parameters]', kept, MOST)
    spare = {f"path.{name}": values for name, values in things.spare.items()}
    deleting = '[[operations]]\ninclude-method = "DELETE"\nphases.examples.enabled = false\n[operations.parameters]'
    yield from _bound(deleting, spare, 1)


def _bound(table: str, values: Mapping[str, Sequence[str]], probability: float) -> Iterator[str]:
    """Yield a table that binds places to values, and the values."""
    names = {place: f"{len(values)}-{place.replace('.', '-')}" for place in values}
    lines = [f'"{place}" = {{ dictionary = "{name}", probability = {probability} }}' for place, name in names.items()]
    yield "\n".join([table, *lines])
    for place, name in names.items():
        yield f"[dictionaries.{name}]\nvalues = {json.dumps(values[place])}"
