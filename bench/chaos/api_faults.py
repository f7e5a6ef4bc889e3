"""The API dies in the middle of a request, and replies get lost on their way."""

import asyncio
import secrets
from typing import Any

from bench.chaos.faults import Trial, fault

ORPHANS = "SELECT count(*) FROM chaos_orders o WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = o.job_id)"
ORDERED = """
SELECT count(*) FROM chaos_orders o JOIN jobs j ON j.id = o.job_id
WHERE j.owner_id = $1 AND j.id <> ALL($2::uuid[])
"""


@fault("F06")
async def the_api_is_killed_in_the_middle_of_orders(trial: Trial) -> None:
    """Kill the API at any moment of a POST, also just after the commit: what was written gets done, and once."""
    world, person = trial.world, trial.person
    stop = asyncio.Event()

    async def keep_ordering() -> None:
        while not stop.is_set():
            await person.order(0.01)
            await asyncio.sleep(0.05)

    ordering = [asyncio.create_task(keep_ordering()) for _ in range(6)]
    for number in range(trial.size(20, 3)):
        turn = number % len(world.apis)
        kept = world.kept[world.apis[turn]]
        if number % 2:
            await asyncio.sleep(trial.chance.uniform(0.1, 0.4))
        else:
            await next_commit(trial)
        await kept.kill()
        trial.verdict.faults += 1
        await answers(trial, world.urls[turn])
    stop.set()
    await asyncio.gather(*ordering)
    await trial.settle(30 if trial.short else 60)
    [row] = await world.fetch(ORPHANS)
    trial.verdict.demand(row["count"] == 0, f"{row['count']} orders without a job")
    [row] = await world.fetch(ORDERED, person.user_id, [errand.job_id for errand in person.errands])
    trial.verdict.demand(row["count"] == 0, f"{row['count']} orders that were acknowledged under another id")


async def next_commit(trial: Trial) -> None:
    """Wait until a commit has gone through the proxy."""
    passed = asyncio.Event()
    trial.world.commits.on_seen = passed.set
    try:
        await asyncio.wait_for(passed.wait(), 5)
    finally:
        trial.world.commits.on_seen = None


async def answers(trial: Trial, url: str) -> None:
    """Wait until a process that was killed serves again."""
    port = int(url.rsplit(":", 1)[1])
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    trial.verdict.demand(False, "the API did not come back")


@fault("F07")
async def the_reply_to_commit_is_lost(trial: Trial) -> None:
    """Cut the reply to COMMIT: the client sees an error, repeats with its key, and one thing has been made."""
    world, person = trial.world, trial.person
    cuts = trial.size(50, 8)
    made: list[dict[str, Any]] = []
    for number in range(cuts * 4):
        if trial.verdict.faults == cuts:
            break
        before = person.answers.total()
        key = secrets.token_hex(16)
        world.commits.armed = 1
        if number % 2:
            await person.order(0, key=key)
        else:
            title = f"Flat {number}"
            answer = await person.ask("POST", "/api/sessions", key=key, json={"title": title})
            again = await person.ask("POST", "/api/sessions", key=key, json={"title": title})
            trial.verdict.demand(answer.json() == again.json(), "two answers for one key")
            made.append(answer.json())
            before += 1
        trial.verdict.faults += person.answers.total() > before + 1
    world.commits.armed = 0
    [row] = await world.fetch("SELECT count(*) FROM renovation_sessions WHERE owner_id = $1", person.user_id)
    extra = row["count"] - 1 - len(made)  # one was made with the account
    trial.verdict.double += extra
    trial.verdict.demand(trial.verdict.faults == cuts, f"only {trial.verdict.faults} replies were cut")
    trial.verdict.demand(extra == 0, f"{row['count'] - 1} sessions for {len(made)} requests")
    await trial.settle(30)
    [row] = await world.fetch(ORDERED, person.user_id, [errand.job_id for errand in person.errands])
    trial.verdict.demand(row["count"] == 0, f"{row['count']} errands nobody was told of")


@fault("F08")
async def the_reply_to_an_enqueue_is_lost(trial: Trial) -> None:
    """Cut the reply to enqueues, which are then sent again: each errand takes effect once."""
    world, person = trial.world, trial.person
    cuts = trial.size(50, 6)
    for _ in range(8):  # everybody is busy, so what is sent again finds the first sending still waiting
        await person.order(3 if trial.short else 10)
    await asyncio.sleep(0.5)
    target = world.enqueues.cuts + cuts
    world.enqueues.armed = cuts
    for _ in range(trial.size(60, 16)):
        await person.order(0.1)
    for _ in range(600):
        if world.enqueues.cuts >= target:
            break
        await person.order(0.05)
        await asyncio.sleep(0.1)
    world.enqueues.armed = 0
    trial.verdict.faults = cuts - max(0, target - world.enqueues.cuts)
    await trial.settle(40 if trial.short else 90)
    trial.verdict.demand(trial.verdict.faults == cuts, f"only {trial.verdict.faults} replies were cut")
