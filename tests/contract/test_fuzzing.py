"""Requests made up from the document find nothing that contradicts it, whoever asks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from tests.contract.fuzzing import fuzz
from tests.contract.people import Person, furnish, leave, register
from tests.live import LiveServer

Json = dict[str, Any]
Who = Literal["key", "cookie", "nobody"]

ALL = "examples,coverage,fuzzing,stateful"
AT_RANDOM = "fuzzing,stateful"  # what another seed changes: the first two phases try the same each time
RUNS: list[tuple[int, Who, str]] = [
    (1, "key", ALL),
    (2, "cookie", ALL),
    (3, "nobody", ALL),
    (2, "key", AT_RANDOM),
    (3, "cookie", AT_RANDOM),
    (3, "key", AT_RANDOM),
]
ENDING = ("logout", "endLogin", "changePassword")  # would sign the fuzzer out

MAY: dict[Who, Callable[[Json], bool]] = {
    "key": lambda operation: {"bearer": []} in operation["security"],
    "cookie": lambda operation: bool(operation["security"]) and operation["operationId"] not in ENDING,
    "nobody": lambda operation: not operation["security"],
}


@pytest.fixture(scope="module")
def operations(live_server: LiveServer) -> list[Json]:
    """Return every operation the server says it has, but endless ones."""
    paths = httpx.get(f"{live_server.url}/openapi.json").json()["paths"]
    found = [operation for methods in paths.values() for operation in methods.values()]
    return [operation for operation in found if not operation["operationId"].startswith("stream")]


@pytest.fixture
def people(live_server: LiveServer) -> Iterator[list[Person]]:
    """Lend somebody who will have something, and somebody else who is after it."""
    people = [register(live_server), register(live_server)]
    yield people
    for person in people:
        leave(live_server, person)


@pytest.mark.parametrize(("seed", "who", "phases"), RUNS, ids=[f"{who}-{seed}" for seed, who, _ in RUNS])
def test_nothing_contradicts_the_document(
    live_server: LiveServer,
    operations: list[Json],
    people: list[Person],
    tmp_path: Path,
    seed: int,
    who: Who,
    phases: str,
) -> None:
    named = [f"--include-operation-id={operation['operationId']}" for operation in operations if MAY[who](operation)]
    options = [f"--seed={seed}", f"--phases={phases}", *named]
    if who == "nobody":
        fuzz(live_server.url, tmp_path, [], None, *options, "--max-examples=12")
    else:
        headers = [person.by_key if who == "key" else person.by_cookie for person in people]
        fuzz(live_server.url, tmp_path, headers, furnish(live_server, people[0]), *options)
