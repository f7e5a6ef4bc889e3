"""The rules of jobs for their owners."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Job
from app.domain.jobs.repository import JobReads, JobRepository
from app.lib.errors import Conflict, NotFound
from app.queue import ledger
from app.queue.declare import job_type
from app.queue.messages import Queue
from app.queue.outbox import Outbox
from app.queue.views import TERMINAL, JobUpdated, JobView, job_view
from app.resources import Resources


class JobNotFound(NotFound):
    title = "No such job"


class JobDidNotFail(Conflict):
    title = "Only a failed job can be tried again"


class JobService:
    """Lists, cancels and retries the jobs of one owner."""

    def __init__(self, db: AsyncSession, resources: Resources) -> None:
        self._db = db
        self._resources = resources
        self._jobs = JobRepository(session=db)
        self._reads = JobReads(resources.reads)
        self._outbox = Outbox(db)

    async def get(self, owner_id: UUID, job_id: UUID) -> JobView:
        """Return one of the owner's jobs. Raises JobNotFound."""
        if view := await self._reads.find(owner_id, job_id):
            return view
        raise JobNotFound("Check the job id.", job_id=str(job_id))

    async def page(self, owner_id: UUID, status: str | None, before: UUID | None, limit: int) -> Sequence[JobView]:
        """Return the owner's newest jobs, or the newest before one."""
        return await self._reads.page(owner_id, status, before, limit)

    async def cancel(self, owner_id: UUID, job_id: UUID) -> JobView:
        """End a job that is not over and stop the work on it; a finished job stays as it is. Raises JobNotFound."""
        job = await self._locked(owner_id, job_id)
        if job.status not in TERMINAL:
            ledger.cancel(job)
            await self._db.flush()
            await job_type(job.kind).ended(self._db, self._resources, job)
            self._outbox.stop(job.id)
            self._tell(job)
        return job_view(job)

    async def retry(self, owner_id: UUID, job_id: UUID) -> JobView:
        """Queue a failed job again. Raises JobNotFound, or JobDidNotFail."""
        job = await self._locked(owner_id, job_id)
        if job.status != "failed":
            raise JobDidNotFail(f"This one is {job.status}.", job_status=job.status)
        ledger.ask_again(job)
        await self._db.flush()
        await job_type(job.kind).requeued(self._db, self._resources, job)
        self._outbox.wake(job.id, Queue(job.queue))
        self._tell(job)
        return job_view(job, await ledger.position(self._db, job))

    async def _locked(self, owner_id: UUID, job_id: UUID) -> Job:
        job = await self._jobs.locked(owner_id, job_id)
        if job is None:
            raise JobNotFound("Check the job id.", job_id=str(job_id))
        return job

    def _tell(self, job: Job) -> None:
        if job.owner_id:
            self._outbox.tell(job.owner_id, JobUpdated(session_id=job.session_id, job=job_view(job)))
