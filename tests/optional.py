"""For tests of what a laptop may lack: they are left out there in one line, and fail where nothing may be left out."""

import os
from typing import NoReturn

import pytest


def left_out(reason: str) -> NoReturn:
    """Skip the test, or fail it with REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
