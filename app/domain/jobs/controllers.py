"""Routes of jobs."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.domain.jobs.schemas import JobPage
from app.domain.jobs.service import JobService
from app.queue.views import JobView
from app.web.access import Principal
from app.web.depends import service
from app.web.paging import PAGE, PageRequest
from app.web.problems import problems

LIST = "jobs"
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class JobController(Controller):
    """Follow, cancel and retry work."""

    path = "/api/jobs"
    tags = ("jobs",)
    dependencies = {"jobs": service(JobService), **PAGE}  # noqa: RUF012 - a plain class attribute to Litestar

    @get("/", operation_id="listJobs", responses=problems(422))
    async def list_jobs(
        self,
        page: NamedDependency[PageRequest],
        jobs: NamedDependency[JobService],
        principal: NamedDependency[Principal],
        status: Annotated[Status | None, QueryParameter(description="Only jobs in this state.")] = None,
    ) -> JobPage:
        """List your jobs, newest first."""
        place = page.place(LIST, tuple[UUID])
        rows = await jobs.page(principal.user_id, status, place[0] if place else None, page.fetch)
        items, cursor = page.cut(rows, LIST, lambda job: (job.id,))
        return JobPage(items, cursor)

    @get("/{job_id:str}", operation_id="getJob", responses=problems(404))
    async def get_job(
        self, job_id: FromPath[UUID], jobs: NamedDependency[JobService], principal: NamedDependency[Principal]
    ) -> JobView:
        """Tell how a job stands."""
        return await jobs.get(principal.user_id, job_id)

    @post("/{job_id:str}/cancel", operation_id="cancelJob", status_code=200, responses=problems(404))
    async def cancel(
        self, job_id: FromPath[UUID], jobs: NamedDependency[JobService], principal: NamedDependency[Principal]
    ) -> JobView:
        """Cancel a job; one that is over stays as it is."""
        return await jobs.cancel(principal.user_id, job_id)

    @post("/{job_id:str}/retry", operation_id="retryJob", status_code=200, responses=problems(404, 409))
    async def retry(
        self, job_id: FromPath[UUID], jobs: NamedDependency[JobService], principal: NamedDependency[Principal]
    ) -> JobView:
        """Try a failed job again."""
        return await jobs.retry(principal.user_id, job_id)


CONTROLLERS = (JobController,)
