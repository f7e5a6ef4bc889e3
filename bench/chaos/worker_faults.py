"""Workers that die, freeze, or are taken down by their work."""

import asyncio
from typing import Any

from bench.chaos.faults import Trial, fault
from bench.chaos.judge import spread
from bench.chaos.waiting import until
from bench.chaos.world import HEAVY

LEASE_S = 20
PROMISE_P95_S, PROMISE_MAX_S = 25.0, 40.0
RUNNING = "SELECT count(*) FROM jobs WHERE status = 'running' AND worker LIKE $1"


@fault("F01")
async def heavy_workers_are_killed(trial: Trial) -> None:
    """Kill heavy workers in the middle of errands and renders: nothing lost, nothing twice, soon taken up again."""
    world, person = trial.world, trial.person
    room_id = await person.photographed_room()
    for _ in range(trial.size(4, 1)):
        await person.order_render(room_id)
    ordering = asyncio.create_task(order_errands(trial))
    for number in range(trial.size(10, 2)):
        name = HEAVY[number % 2]
        await busy(trial, name)
        await world.kill_worker(name)
        trial.verdict.faults += 1
        await asyncio.sleep(trial.chance.uniform(0.2, 0.6) if trial.short else trial.chance.uniform(2, 7))
    await ordering
    await trial.settle(30 if trial.short else 90)
    promise(trial)


async def order_errands(trial: Trial) -> None:
    """Order errands, in full form over more than a minute, about as many as there are hands for."""
    for _ in range(trial.size(100, 10)):
        await trial.person.order(trial.chance.uniform(0.3, 2) if trial.short else trial.chance.uniform(1, 5))
        await asyncio.sleep(0 if trial.short else 0.75)


async def busy(trial: Trial, name: str, within_s: float = 15) -> None:
    """Wait until a worker works on something, if it does so soon."""
    for _ in range(int(within_s / 0.05)):
        [row] = await trial.world.fetch(RUNNING, f"%:{trial.world.kept[name].pid}")
        if row["count"]:
            return
        await asyncio.sleep(0.05)


def promise(trial: Trial) -> None:
    """Demand that interrupted work was taken up as soon as promised."""
    if trial.verdict.restarts_s:
        _, p95, longest = spread(trial.verdict.restarts_s)
        trial.verdict.demand_in_time(p95 <= PROMISE_P95_S, f"restarted after {p95:.1f} s at p95")
        trial.verdict.demand_in_time(longest <= PROMISE_MAX_S, f"restarted after {longest:.1f} s at worst")


@fault("F02")
async def a_job_takes_its_worker_down(trial: Trial) -> None:
    """A job that kills its process becomes a dead letter after exactly three crashes; the others get done."""
    world, person = trial.world, trial.person
    poison = await person.order(0, "poison")
    person.errands.clear()  # judged by itself
    for _ in range(trial.size(50, 10)):
        await person.order(0.2)
    status = await dead_letter(trial, poison, 30 if trial.short else 120)
    trial.verdict.faults = len(await world.fetch("SELECT 1 FROM chaos_starts WHERE job_id = $1", poison))
    trial.verdict.demand(trial.verdict.faults == 3, f"it was started {trial.verdict.faults} times")
    trial.verdict.demand(status == ("failed", True, 3), f"it ended as {status}")
    await trial.settle(30 if trial.short else 60)


async def dead_letter(trial: Trial, job_id: str, within_s: float) -> tuple[str, bool, int]:
    """Return how a job stands once it has failed, or when the time is over."""
    row: Any = None

    async def over() -> bool:
        nonlocal row
        [row] = await trial.world.fetch("SELECT status, dead_letter, crashes FROM jobs WHERE id = $1", job_id)
        if trial.short and row["status"] == "running":
            await trial.world.bury_the_dead()
        return row["status"] == "failed" or row["crashes"] > 3

    await until(over, within_s, 0.2)
    return row["status"], row["dead_letter"], row["crashes"]


@fault("F03")
async def a_worker_freezes_and_comes_back(trial: Trial) -> None:
    """Freeze a worker for twice its lease: another does its work, and when it wakes it changes nothing."""
    world, person = trial.world, trial.person
    frozen = world.kept[HEAVY[0]]
    for _ in range(trial.size(24, 8)):
        await person.order(1 if trial.short else 4)
    await busy(trial, HEAVY[0])
    worker = f"%:{frozen.pid}"
    frozen.freeze()
    trial.verdict.faults = 1
    try:
        if trial.short:
            await world.let_leases_end(worker)
        await finished_elsewhere(trial, worker, within_s=20 if trial.short else 2 * LEASE_S)
    finally:
        frozen.thaw()
    await trial.settle(30 if trial.short else 60)
    await asyncio.sleep(2 if trial.short else 6)  # what the frozen one still wanted to write, it has tried by now
    await recount(trial)


async def finished_elsewhere(trial: Trial, worker: str, within_s: float) -> None:
    """Wait until nothing is in the frozen worker's hands any more; in full form as long as was said."""
    began = asyncio.get_running_loop().time()
    while (left := within_s - (asyncio.get_running_loop().time() - began)) > 0:
        query = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running') AND kind = 'chaos.heavy'"
        [row] = await trial.world.fetch(query)
        if trial.short and row["count"] == 0:
            return
        if trial.short:
            await trial.world.let_leases_end(worker)
        await asyncio.sleep(min(0.2, left))


async def recount(trial: Trial) -> None:
    """Count effects once more, after the late ones had their chance."""
    ids = [errand.job_id for errand in trial.person.errands]
    [row] = await trial.world.fetch("SELECT count(*) FROM chaos_effects WHERE job_id = ANY($1::uuid[])", ids)
    trial.verdict.double = max(trial.verdict.double, row["count"] - len(ids))
    trial.verdict.demand(row["count"] <= len(ids), f"{row['count']} effects of {len(ids)}")


@fault("F05")
async def the_light_worker_is_killed_every_second(trial: Trial) -> None:
    """Kill the relay, the reaper and the light queues every second, while every job depends on the relay alone."""
    world, person = trial.world, trial.person
    rounds = trial.size(30, 3)
    count = trial.size(300, 30)

    async def order_all() -> None:
        for number in range(count):
            await person.order(0.05, "heavy" if number % 2 else "light", delay_s=0.2)  # delayed: nobody else wakes it
            await asyncio.sleep(0 if trial.short else 0.1)

    ordering = asyncio.create_task(order_all())
    for _ in range(rounds):
        await asyncio.sleep(1)
        await world.kill_worker("light")
        trial.verdict.faults += 1
    await ordering
    await trial.settle(30 if trial.short else 90)
    await events_once(trial)


async def events_once(trial: Trial) -> None:
    """Demand that each errand was told of once: an event is sent until it is known to have arrived."""
    key = f"live:stream:{trial.person.user_id}"
    expected = min(trial.verdict.done, 1000)
    answer = b""
    for _ in range(100):
        answer = await trial.world.redis_says("XLEN", key)
        if int(answer[1:] or b"0") >= expected:
            break
        await asyncio.sleep(0.1)
    told = int(answer[1:] or b"0")
    trial.verdict.notes.append(f"{told} events")
    trial.verdict.demand(told == expected, f"{told} events for {expected} errands")
