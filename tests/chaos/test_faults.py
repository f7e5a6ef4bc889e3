"""Every fault in its short form, against real processes: `make chaos` has the long ones.

Leases of killed workers are cut short here; everything else is as it is in the product.
"""

import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bench.chaos import api_faults, mix, server_faults, worker_faults
from bench.chaos.faults import FAULTS, try_fault
from bench.chaos.waiting import open_folder
from bench.chaos.without_guards import GUARDS, TESTS, noticed_without, still_applies
from bench.chaos.world import World, whole_world

REGISTERED = (worker_faults, server_faults, api_faults, mix)
MIX_S = 10
SHOWN = (
    "no-fencing",
    "events-told-twice",
    "woken-once",
)  # the cheapest; `make chaos args=--without-guards` shows them all


@pytest.fixture(scope="module")
async def world() -> AsyncGenerator[World]:
    """Return an installation to hurt, well at the beginning of each test."""
    folder = open_folder(Path(tempfile.mkdtemp(prefix="chaos-")))
    try:
        async with whole_world(folder / "world", apis=1) as world:
            yield world
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("fault_id", FAULTS)
async def test_nothing_is_lost_or_done_twice(world: World, fault_id: str) -> None:
    verdict = await try_fault(world, fault_id, short=True, seconds=MIX_S, seed=1)

    assert not verdict.failures, verdict.line()
    assert verdict.faults > 0


def test_every_fault_has_a_patch_that_makes_it_fail() -> None:
    assert GUARDS.keys() == FAULTS.keys()


@pytest.mark.parametrize("guard", sorted({*GUARDS.values(), *TESTS}))
def test_the_patch_fits_the_tree(guard: str) -> None:
    assert still_applies(guard)


async def test_what_misses_its_guard_is_noticed() -> None:
    assert await noticed_without(*SHOWN)
