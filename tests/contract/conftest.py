"""What the clients that are generated here share: the document, somebody with a key, a photo."""

from pathlib import Path

import pytest

from tests.contract.people import Person, register
from tests.factories_pictures import by_name
from tests.live import LiveServer

DOCUMENT = Path("docs/openapi.json")


@pytest.fixture(scope="module")
def person(live_server: LiveServer) -> Person:
    """Return a registered user."""
    return register(live_server)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a photo of a room."""
    path = tmp_path / "room.jpg"
    path.write_bytes(by_name("photo from a phone").data)
    return path
