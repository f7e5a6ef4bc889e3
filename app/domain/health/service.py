"""What readiness looks at.

Only PostgreSQL, its migrations and draining make a process unready: without the rest it still serves, more slowly or
with less, and taking it out of the load balancer would make that worse.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Literal

import structlog
from redis.exceptions import RedisError

from app.domain.health.repository import HealthRepository
from app.domain.health.revisions import revisions
from app.domain.health.schemas import Check, Readiness
from app.lib import metrics
from app.lib.version import VERSION
from app.resources import Resources
from app.vendors import Unavailable

log = structlog.get_logger()
CHECK_S = 2.0
QUEUE_AGE_S = 120
KINDS = ("heavy", "light")
DRAINING = Check("process", "down", "shutting down")


class HealthService:
    """Looks at the surroundings of this process."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._repository = HealthRepository(resources.reads)

    async def readiness(self) -> Readiness:
        """Return whether this process can serve, as its surroundings are; within little more than CHECK_S."""
        workers, *checks = await asyncio.gather(
            self.workers(),
            self._bounded("database", "down", self._database()),
            self._bounded("migrations", "degraded", self._migrations()),
            self._bounded("redis", "degraded", self._redis()),
            self._bounded("storage", "degraded", self._storage()),
            self._bounded("queues", "degraded", self._queues()),
        )
        reporting = [
            Check(kind, "ok" if count else "degraded", f"{count} reporting") for kind, count in workers.items()
        ]
        return verdict([*checks, *reporting, *self._vendors()], workers)

    async def workers(self) -> dict[str, int]:
        """Return how many workers of each kind have reported in the last seconds."""
        counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(CHECK_S):
                async for key in self._resources.redis.scan_iter("workers:*", 1_000):
                    kind = key.decode().split(":")[1]
                    counts[kind] = counts.get(kind, 0) + 1
        return counts

    async def measure(self, streams: int) -> bytes:
        """Return the metrics of this process and of the ledger."""
        metrics.STREAMS.set(streams)
        for tier, count in self._resources.cache.hits.items():
            metrics.CACHE.labels(tier).set(count)
        metrics.JOBS.clear()
        metrics.JOB_AGE.clear()
        try:
            async with asyncio.timeout(CHECK_S):
                await self._measure_ledger()
        except Exception as error:  # while the database is away, what this process counted is wanted all the more
            log.warning("metrics.ledger_away", error=repr(error))
        for kind, count in (await self.workers()).items():
            metrics.WORKERS.labels(kind).set(count)
        return metrics.exposition()

    async def _measure_ledger(self) -> None:
        for row in await self._repository.jobs():
            metrics.JOBS.labels(row["queue"], row["status"]).set(row["count"])
            metrics.JOB_AGE.labels(row["queue"], row["status"]).set(float(row["oldest_s"]))
        dead, outbox = await self._repository.counts()
        metrics.DEAD.set(dead)
        metrics.OUTBOX.set(outbox)

    async def _bounded(self, name: str, failed: Literal["degraded", "down"], look: Awaitable[str | None]) -> Check:
        """Return a check's outcome; one that takes too long or raises has failed."""
        try:
            async with asyncio.timeout(CHECK_S):
                fault = await look
        except TimeoutError:
            fault = "does not answer"
        except Unavailable as error:
            fault = error.code
        except Exception as error:
            fault = type(error).__name__
        return Check(name, failed if fault else "ok", fault)

    async def _database(self) -> str | None:
        """Return what keeps this process from using the database: it is away, or not migrated far enough."""
        at, ours = await self._repository.revision(), await asyncio.to_thread(revisions)
        behind = at is None or (at in ours.known and at != ours.newest)
        return f"is at migration {at}, this release needs {ours.newest}" if behind else None

    async def _migrations(self) -> str | None:
        """Return whether the database is ahead: a newer release is being rolled out, and every one suits the last."""
        at, ours = await self._repository.revision(), await asyncio.to_thread(revisions)
        return None if at is None or at in ours.known else f"is at {at}, which this release does not know"

    async def _redis(self) -> str | None:
        await self._resources.redis.get("health")
        return None

    async def _storage(self) -> str | None:
        await self._resources.files.check()
        return None

    async def _queues(self) -> str | None:
        waiting = [row for row in await self._repository.jobs() if row["status"] == "queued"]
        slow = [row["queue"] for row in waiting if row["oldest_s"] > QUEUE_AGE_S]
        return f"jobs wait over {QUEUE_AGE_S} s in {', '.join(slow)}" if slow else None

    def _vendors(self) -> list[Check]:
        missing = self._resources.settings.unconfigured()
        return [Check(name, "degraded", "not-configured") for name in missing]


def verdict(checks: Sequence[Check], workers: dict[str, int]) -> Readiness:
    """Return what the checks amount to."""
    states = {check.status for check in checks}
    status = "unready" if "down" in states else "degraded" if "degraded" in states else "ready"
    return Readiness(status, VERSION, list(checks), workers)
