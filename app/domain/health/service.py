"""What readiness looks at.

Only PostgreSQL, its migrations and draining make a process unready: without the rest it still serves, more slowly or
with less, and taking it out of the load balancer would make that worse.
"""

import asyncio
from collections.abc import Awaitable

from redis.exceptions import RedisError

from app.db.migrate import newest
from app.domain.health.repository import HealthRepository
from app.domain.health.schemas import Check, Readiness
from app.lib import metrics
from app.lib.version import VERSION
from app.resources import Resources
from app.vendors import Unavailable

CHECK_S = 2.0
QUEUE_AGE_S = 120
KINDS = ("heavy", "light")
EXPECTED = newest()


class HealthService:
    """Looks at the surroundings of this process."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._repository = HealthRepository(resources.reads)

    async def readiness(self, *, draining: bool) -> Readiness:
        """Return whether this process can serve."""
        workers = await self.workers()
        checks = [
            await self._bounded("database", "down", self._database()),
            await self._bounded("redis", "degraded", self._redis()),
            await self._bounded("storage", "degraded", self._storage()),
            await self._bounded("queues", "degraded", self._queues()),
            *(Check(kind, "ok" if count else "degraded", f"{count} reporting") for kind, count in workers.items()),
            *self._vendors(),
        ]
        if draining:
            checks.append(Check("process", "down", "shutting down"))
        states = {check.status for check in checks}
        status = "unready" if "down" in states else "degraded" if "degraded" in states else "ready"
        return Readiness(status, VERSION, checks, workers)

    async def workers(self) -> dict[str, int]:
        """Return how many workers of each kind have reported in the last seconds."""
        counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        try:
            for kind in KINDS:
                counts[kind] = len([key async for key in self._resources.redis.scan_iter(f"workers:{kind}:*", 500)])
        except (RedisError, OSError):
            pass
        return counts

    async def measure(self, streams: int) -> bytes:
        """Return the metrics of this process and of the ledger."""
        metrics.STREAMS.set(streams)
        for tier, count in self._resources.cache.hits.items():
            metrics.CACHE.labels(tier).set(count)
        metrics.JOBS.clear()
        metrics.JOB_AGE.clear()
        for row in await self._repository.jobs():
            metrics.JOBS.labels(row["queue"], row["status"]).set(row["count"])
            metrics.JOB_AGE.labels(row["queue"], row["status"]).set(float(row["oldest_s"]))
        dead, outbox = await self._repository.counts()
        metrics.DEAD.set(dead)
        metrics.OUTBOX.set(outbox)
        for kind, count in (await self.workers()).items():
            metrics.WORKERS.labels(kind).set(count)
        return metrics.exposition()

    async def _bounded(self, name: str, failed: str, look: Awaitable[str | None]) -> Check:
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
        return Check(name, failed if fault else "ok", fault)  # type: ignore[arg-type]

    async def _database(self) -> str | None:
        revision = await self._repository.revision()
        return None if revision == EXPECTED else f"is at migration {revision}, this release needs {EXPECTED}"

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
