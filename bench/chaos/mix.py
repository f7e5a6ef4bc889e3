"""Everything at once, at random moments, under steady load."""

import asyncio
import time

from bench.chaos.faults import Trial, fault
from bench.chaos.judge import spread
from bench.chaos.world import HEAVY

WAIT_P99_S = 30.0
KINDS = ("heavy", "light", "redis", "database")


@fault("F17")
async def everything_at_once(trial: Trial) -> None:
    """Kill workers, wipe Redis and crash the database every few seconds, in an order the seed decides."""
    world, person = trial.world, trial.person
    room_id = await person.photographed_room()
    await person.order_render(room_id)
    until = time.monotonic() + trial.seconds
    ordering = asyncio.create_task(keep_ordering(trial, until))
    happened: dict[str, int] = {}
    bag: list[str] = []
    while time.monotonic() < until:
        await asyncio.sleep(trial.chance.uniform(1.5, 3) if trial.short else trial.chance.uniform(3, 6))
        if not bag:
            bag = trial.chance.sample(KINDS, len(KINDS))
        name = bag.pop()
        happened[name] = happened.get(name, 0) + 1
        if name == "heavy":
            await world.kill_worker(trial.chance.choice(HEAVY))
        elif name == "light":
            await world.kill_worker("light")
        elif name == "redis":
            await world.crash_redis(trial.chance.uniform(0, 1), wipe=True)
        else:
            await world.crash_database(trial.chance.uniform(0, 1))
    await ordering
    began = time.monotonic()
    await trial.settle(60)
    trial.verdict.faults = sum(happened.values())
    waits = sorted(trial.verdict.waits_s)
    p99 = waits[int(len(waits) * 0.99)] if waits else 0.0
    median, p95, longest = spread(waits) or [0.0] * 3
    trial.verdict.notes.append(f"{happened}, done after {median:.1f}/{p95:.1f}/{p99:.1f}/{longest:.1f} s")
    trial.verdict.demand_in_time(p99 <= WAIT_P99_S, f"p99 {p99:.1f} s from accepted to done")
    trial.verdict.demand_in_time(time.monotonic() - began <= 60, "not drained within 60 s")


async def keep_ordering(trial: Trial, until: float) -> None:
    """Order six errands a second, most of them heavy."""
    number = 0
    while time.monotonic() < until:
        number += 1
        await trial.person.order(trial.chance.uniform(0.1, 0.8), "light" if number % 4 == 0 else "heavy")
        await asyncio.sleep(0.16)
