"""What became of what was acknowledged, read from the tables; nothing the harness saw on the way counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import quantiles

from bench.chaos.people import Person
from bench.chaos.waiting import until
from bench.chaos.world import World

OUTCOMES = """
SELECT j.id::text, j.status, j.dead_letter, j.crashes, j.attempts,
  (SELECT count(*) FROM chaos_effects e WHERE e.job_id = j.id) AS effects,
  ARRAY(SELECT extract(epoch FROM s.started_at)::float FROM chaos_starts s WHERE s.job_id = j.id ORDER BY 1) AS starts,
  (SELECT extract(epoch FROM min(e.done_at))::float FROM chaos_effects e WHERE e.job_id = j.id) AS done_at
FROM jobs j WHERE j.id = ANY($1::uuid[])
"""
UNFINISHED = "SELECT count(*) FROM jobs WHERE id = ANY($1::uuid[]) AND status IN ('queued', 'running')"
RENDERS = """
SELECT r.status, (SELECT count(*) FROM assets a WHERE a.id = r.asset_id AND a.status = 'ready') AS linked
FROM renders r WHERE r.id = ANY($1::uuid[])
"""
PICTURES = "SELECT count(*) FROM assets WHERE owner_id = $1 AND source = 'render'"
LINES = "SELECT count(*) FROM notifications WHERE user_id = $1 AND type = 'render_complete'"
MAILS = "SELECT count(*) FROM emails WHERE user_id = $1 AND state = 'sent'"


@dataclass
class Verdict:
    """How a fault went."""

    id: str
    accepted: int = 0
    done: int = 0
    lost: int = 0
    double: int = 0
    restarts_s: list[float] = field(default_factory=list[float])
    waits_s: list[float] = field(default_factory=list[float])
    faults: int = 0
    notes: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])  # lost, doubled, wrong
    late: list[str] = field(default_factory=list[str])  # right, but later than promised
    took_s: float = 0

    @property
    def passed(self) -> bool:
        """Whether everything held, the promised times too."""
        return not self.failures and not self.late

    def demand(self, holds: bool, words: str) -> None:
        """Fail with these words unless something holds."""
        if not holds:
            self.failures.append(words)

    def demand_in_time(self, holds: bool, words: str) -> None:
        """Note what came late. The tests overlook it: a busy machine is no fault of the product's."""
        if not holds:
            self.late.append(words)

    def line(self) -> str:
        """Return the verdict as one line."""
        restarts = "/".join(f"{value:.1f}" for value in spread(self.restarts_s)) or "-"
        words = "; ".join(self.notes + [f"FAILED: {words}" for words in self.failures + self.late])
        head = f"{self.id}  {'pass' if self.passed else 'FAIL'}  faults {self.faults:>3}  accepted {self.accepted:>4}"
        counts = f"done {self.done:>4}  lost {self.lost:>3}  double {self.double:>3}"
        return f"{head}  {counts}  restart p50/p95/max {restarts} s  took {self.took_s:.0f} s  {words}".rstrip()


def spread(values: Sequence[float]) -> list[float]:
    """Return median, 95th percentile and maximum, if there are any values."""
    if not values:
        return []
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    return [cuts[49], cuts[94], max(values)]


async def drained(world: World, person: Person, within_s: float) -> None:
    """Wait until nothing that was acknowledged is unfinished, or the time is over."""
    ids = [errand.job_id for errand in person.errands] + [render["jobId"] for render in person.renders]

    async def over() -> bool:
        return (await world.fetch(UNFINISHED, ids))[0]["count"] == 0

    await until(over, within_s)


async def judge_errands(world: World, person: Person, verdict: Verdict) -> None:
    """Count what became of the errands that were acknowledged."""
    rows = {row["id"]: row for row in await world.fetch(OUTCOMES, [errand.job_id for errand in person.errands])}
    kills = sorted(at for kept in world.kept.values() for at in kept.killed_at)
    verdict.accepted += len(person.errands)
    verdict.demand(len({errand.job_id for errand in person.errands}) == len(person.errands), "an id came twice")
    for errand in person.errands:
        row = rows.get(errand.job_id)
        effects = row["effects"] if row else 0
        verdict.done += bool(row and row["status"] == "succeeded" and effects == 1)
        verdict.lost += effects == 0
        verdict.double += max(0, effects - 1)
        if row is not None:
            verdict.restarts_s += restarts(row["starts"], kills)
            verdict.waits_s += [row["done_at"] - errand.at] if row["done_at"] else []
    ends = Counter(row["status"] for row in rows.values())
    verdict.demand(verdict.lost == 0, f"lost {verdict.lost} ({dict(ends)})")
    verdict.demand(verdict.double == 0, f"{verdict.double} took effect twice")
    verdict.demand(ends.keys() <= {"succeeded"}, f"ends {dict(ends)}")


def restarts(starts: Sequence[float], kills: Sequence[float]) -> list[float]:
    """Return how long each interrupted start took to be made good: from the kill between two starts to the second."""
    found: list[float] = []
    for before, after in pairwise(starts):
        between = [at for at in kills if before <= at <= after]
        found += [after - between[0]] if between else []
    return found


async def judge_renders(world: World, person: Person, verdict: Verdict) -> None:
    """Count what became of the renders that were acknowledged: each one picture, one line in the inbox, one mail."""
    ids = [render["renderId"] for render in person.renders]
    rows = await world.fetch(RENDERS, ids)
    expected = len(ids)
    ready = sum(row["status"] == "ready" and row["linked"] == 1 for row in rows)
    verdict.accepted += expected
    verdict.done += ready
    verdict.lost += expected - ready
    verdict.demand(ready == expected, f"{expected - ready} renders not ready")
    for words, query in (("pictures", PICTURES), ("lines in the inbox", LINES), ("mails", MAILS)):
        count = await settled(world, query, person.user_id, expected)
        verdict.double += max(0, count - expected)
        verdict.demand(count == expected, f"{count} {words} for {expected} renders")


async def settled(world: World, query: str, user_id: str, expected: int, within_s: float = 30) -> int:
    """Return a count once it is what was expected, or when the time is over: mails follow their renders."""
    found = 0

    async def there() -> bool:
        nonlocal found
        found = (await world.fetch(query, user_id))[0]["count"]
        return found >= expected

    await until(there, within_s)
    return found
