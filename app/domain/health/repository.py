"""The queries of health and metrics."""

from collections.abc import Sequence
from typing import Any

from app.db.engine import Reads

REVISION = "select version_num from alembic_version"
JOBS = """
select queue, status, count(*) as count,
       extract(epoch from now() - min(case status when 'queued' then run_after else started_at end)) as oldest_s
from jobs where status = 'running' or (status = 'queued' and run_after <= now()) group by queue, status
"""
DEAD = "select count(*) as count from jobs where dead_letter"
OUTBOX = "select count(*) as count from outbox_events"


class HealthRepository:
    """Reads of the whole system, on nobody's behalf."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def revision(self) -> str | None:
        """Return the migration the database is at."""
        row = await self._reads.fetchrow(REVISION)
        return row["version_num"] if row else None

    async def jobs(self) -> Sequence[Any]:
        """Return queue, status, count and oldest_s of what waits and runs; not what pauses before its next attempt."""
        return await self._reads.fetch(JOBS)

    async def counts(self) -> tuple[int, int]:
        """Return how many dead letters and unsent events there are."""
        dead, outbox = await self._reads.fetchrow(DEAD), await self._reads.fetchrow(OUTBOX)
        return (dead["count"] if dead else 0, outbox["count"] if outbox else 0)
