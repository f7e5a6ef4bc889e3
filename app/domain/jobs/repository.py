"""Every query about jobs on their owner's behalf."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import select

from app.db.base import Repository
from app.db.engine import Reads
from app.db.models import Job
from app.lib.schema import Reason
from app.queue.declare import JOB_TYPES
from app.queue.views import TERMINAL, JobProgress, JobResource, JobView, job_links

COLUMNS = """
j.id, j.kind, j.status, j.dead_letter, j.percent, j.stage, j.attempts, j.max_attempts, j.crashes, j.resource_type,
j.resource_id, j.result::text, j.error::text, j.created_at, j.started_at, j.finished_at,
case when j.status = 'queued' then (select count(*) from jobs q
  where q.queue = j.queue and q.status = 'queued' and q.id < j.id) end as queue_position
"""
ONE = f"select {COLUMNS} from jobs j where j.id = $1 and j.owner_id = $2 and j.kind = any($3)"  # noqa: S608 - ours
PAGE = f"""
select {COLUMNS} from jobs j
where j.owner_id = $1 and j.id < $2 and j.kind = any($3) and ($4::text is null or j.status = $4)
order by j.id desc limit $5
"""  # noqa: S608 - the columns are ours
NEWEST = UUID(int=2**128 - 1)


def shown_kinds() -> list[str]:
    """Return the kinds that show in their owner's list; the others are chores."""
    return [name for name, kind in JOB_TYPES.items() if kind.visible]


class JobRepository(Repository[Job]):
    """What the service changes."""

    model_type = Job

    async def locked(self, owner_id: UUID, job_id: UUID) -> Job | None:
        """Return one of the owner's jobs, locked."""
        query = select(Job).where(Job.id == job_id, Job.owner_id == owner_id, Job.kind.in_(shown_kinds()))
        return await self.session.scalar(query.with_for_update())


class JobReads:
    """What pages poll, in plain SQL straight into what is sent."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def find(self, owner_id: UUID, job_id: UUID) -> JobView | None:
        """Return one of the owner's jobs."""
        row = await self._reads.fetchrow(ONE, job_id, owner_id, shown_kinds())
        return _view(row) if row else None

    async def page(self, owner_id: UUID, status: str | None, before: UUID | None, limit: int) -> Sequence[JobView]:
        """Return the owner's newest jobs before one."""
        rows = await self._reads.fetch(PAGE, owner_id, before or NEWEST, shown_kinds(), status, limit)
        return [_view(row) for row in rows]


def _view(row: asyncpg.Record) -> JobView:
    resource = (row["resource_type"], row["resource_id"]) if row["resource_type"] else None
    return JobView(
        id=row["id"],
        kind=row["kind"],
        status=row["status"],
        is_terminal=row["status"] in TERMINAL,
        dead_letter=row["dead_letter"],
        progress=JobProgress(row["percent"], row["stage"], row["queue_position"]),
        attempts=row["attempts"],
        max_attempts=row["max_attempts"],
        crashes=row["crashes"],
        resource=JobResource(*resource) if resource else None,
        result=msgspec.json.decode(row["result"]) if row["result"] else None,
        error=msgspec.json.decode(row["error"], type=Reason) if row["error"] else None,
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        links=job_links(row["id"], resource),
    )
