"""The list of faults, and what each is given."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from bench.chaos.judge import Verdict, drained, judge_errands, judge_renders
from bench.chaos.people import Person
from bench.chaos.world import World


@dataclass
class Trial:
    """One run of one fault: the installation, somebody who orders, and how much of it there shall be."""

    world: World
    person: Person
    verdict: Verdict
    short: bool
    seconds: float  # of the mix
    chance: Random
    patience_s: float = 600  # the longest wait for an end

    def size(self, full: int, short: int) -> int:
        """Return how much of something there shall be."""
        return short if self.short else full

    async def settle(self, within_s: float) -> None:
        """Wait for the end of everything that was acknowledged, and judge it."""
        await drained(self.world, self.person, min(within_s, self.patience_s))
        if self.person.errands:
            await judge_errands(self.world, self.person, self.verdict)
        if self.person.renders:
            await judge_renders(self.world, self.person, self.verdict)


Fault = Callable[[Trial], Awaitable[None]]
FAULTS: dict[str, Fault] = {}


def fault(fault_id: str) -> Callable[[Fault], Fault]:
    """Register a fault under its id; its docstring says what must hold."""

    def register(run: Fault) -> Fault:
        FAULTS[fault_id] = run
        return run

    return register


@asynccontextmanager
async def somebody(world: World) -> AsyncGenerator[Person]:
    """Yield a new registered user."""
    person = Person(world.urls)
    try:
        await person.register()
        yield person
    finally:
        await person.close()


async def try_fault(
    world: World, fault_id: str, *, short: bool, seconds: float, seed: int, patience_s: float = 600
) -> Verdict:
    """Return how one fault went; the installation is well again afterwards."""
    verdict = Verdict(fault_id)
    world.hurry = short
    for kept in world.kept.values():
        kept.killed_at.clear()
    began = time.monotonic()
    async with somebody(world) as person:
        trial = Trial(world, person, verdict, short, seconds, Random(f"{seed}-{fault_id}"), patience_s)
        try:
            await FAULTS[fault_id](trial)
        except Exception as error:
            verdict.failures.append(f"{type(error).__name__}: {error}")
        verdict.took_s = time.monotonic() - began
    await world.heal()
    return verdict
