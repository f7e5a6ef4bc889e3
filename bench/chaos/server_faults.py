"""Redis and PostgreSQL that die, forget, fill up and come back."""

import asyncio
import time
from contextlib import suppress

from bench.chaos.faults import Trial, fault

DELAYS_S = (0.0, 0.05)
STARTS = "SELECT job_id, count(*) FROM chaos_starts WHERE job_id = ANY($1::uuid[]) GROUP BY job_id HAVING count(*) > 1"


class Ordering:
    """Somebody who keeps ordering errands while other things happen."""

    def __init__(self, trial: Trial, seconds: float, pause_s: float) -> None:
        self._trial, self._seconds, self._pause_s = trial, seconds, pause_s
        self._task = asyncio.create_task(self._order())
        self._stop = False

    async def stop(self) -> None:
        """Order no more; raises what ordering raised."""
        self._stop = True
        await self._task

    async def _order(self) -> None:
        number = 0
        while not self._stop:
            number += 1
            await self._trial.person.order(self._seconds, "light" if number % 3 == 0 else "heavy")
            await asyncio.sleep(self._pause_s)


@fault("F09")
async def redis_dies_and_comes_back(trial: Trial) -> None:
    """Kill Redis, which keeps what it has written down: nothing lost, and new work starts soon after its return."""
    ordering = Ordering(trial, 0.1, 0.05 if trial.short else 0.1)
    for _ in range(trial.size(3, 1)):
        await asyncio.sleep(trial.size(8, 1))
        await trial.world.crash_redis(1 if trial.short else 3, wipe=False)
        trial.verdict.faults += 1
        back = time.time()
        await first_start_after(trial, back)
    await asyncio.sleep(trial.size(4, 1))
    await ordering.stop()
    await trial.settle(30 if trial.short else 60)


async def first_start_after(trial: Trial, moment: float) -> None:
    """Demand that an errand ordered now starts within five seconds of a moment."""
    job_id = await trial.person.order(0.01)
    query = "SELECT extract(epoch FROM min(started_at))::float AS at FROM chaos_starts WHERE job_id = $1"
    started: float | None = None
    while started is None and time.time() < moment + 30:
        [row] = await trial.world.fetch(query, job_id)
        started = row["at"]
        await asyncio.sleep(0.05)
    took = (started or time.time()) - moment
    trial.verdict.notes.append(f"first start {took:.1f} s after its return")
    trial.verdict.demand_in_time(took <= 5, f"new work started {took:.1f} s after its return")


@fault("F10")
async def redis_forgets_everything(trial: Trial) -> None:
    """Kill Redis and take its memory: all that waited is woken again within half a minute."""
    rounds = trial.size(3, 1)
    for _ in range(rounds):
        for _ in range(trial.size(100, 40)):  # more than the workers can take up before it happens
            await trial.person.order(0.2 if trial.short else 0.6)
        await trial.world.crash_redis(trial.chance.choice(DELAYS_S), wipe=True)
        trial.verdict.faults += 1
        await asyncio.sleep(trial.size(2, 0))
    await trial.settle(30 if trial.short else 90)


@fault("F12")
async def redis_is_full(trial: Trial) -> None:
    """Let Redis refuse writes: orders are still accepted, nothing runs twice, and the backlog goes within a minute."""
    ordering = Ordering(trial, 0.3, 0.05 if trial.short else 0.1)
    await asyncio.sleep(trial.size(3, 1))
    await trial.world.redis_says("CONFIG", "SET", "maxmemory", "1mb")
    trial.verdict.faults = 1
    accepted = len(trial.person.errands)
    await asyncio.sleep(trial.size(20, 2))
    accepted = len(trial.person.errands) - accepted
    await trial.world.redis_says("CONFIG", "SET", "maxmemory", "0")
    freed = time.monotonic()
    await ordering.stop()
    await trial.settle(60)
    trial.verdict.notes.append(f"{accepted} accepted while full, drained in {time.monotonic() - freed:.1f} s")
    trial.verdict.demand(accepted > 0, "nothing was accepted while Redis was full")
    refused = {status: count for status, count in trial.person.answers.items() if not status.startswith("2")}
    trial.verdict.demand(not refused, f"answers while full: {refused}")
    again = await trial.world.fetch(STARTS, [errand.job_id for errand in trial.person.errands])
    trial.verdict.demand(not again, f"{len(again)} errands ran again")


@fault("F15")
async def the_database_crashes(trial: Trial) -> None:
    """Stop PostgreSQL without warning: nothing acknowledged is missing, and clients see 503 until it is back."""
    ordering = Ordering(trial, 0.4, 0.1)
    reading = asyncio.create_task(keep_reading(trial))
    for _ in range(trial.size(5, 2)):
        await asyncio.sleep(trial.chance.uniform(0.8, 1.2) if trial.short else trial.chance.uniform(5, 9))
        await trial.world.crash_database(trial.chance.uniform(0, 0.5 if trial.short else 2))
        trial.verdict.faults += 1
        await first_answer(trial)
    await asyncio.sleep(trial.size(4, 1))
    await ordering.stop()
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    await trial.settle(30 if trial.short else 90)
    wrong = {name: count for name, count in trial.person.answers.items() if name[0] not in "23" and name != "503"}
    trial.verdict.notes.append(f"answers {dict(trial.person.answers)}")
    trial.verdict.demand(not wrong, f"answers other than 503: {wrong}")


async def keep_reading(trial: Trial) -> None:
    """Read a page twenty times a second."""
    while True:
        await trial.person.ask("GET", "/api/sessions")
        await asyncio.sleep(0.05)


async def first_answer(trial: Trial) -> None:
    """Demand an answer from the database within three seconds of its start."""
    began = time.monotonic()
    await trial.person.ask("GET", "/api/sessions")
    took = time.monotonic() - began
    trial.verdict.demand_in_time(took <= 3, f"first answer {took:.1f} s after the database was back")
