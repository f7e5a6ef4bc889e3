"""A job as people see it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.db.models import Job
from app.lib.schema import Reason, View
from app.queue.messages import Event

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
TERMINAL = frozenset({"succeeded", "failed", "cancelled"})


class JobProgress(View):
    """How far a job has come: percent, what it is doing, and how many stand before it while it waits."""

    percent: int
    stage: str | None
    queue_position: int | None


class JobResource(View):
    """What a job makes or changes."""

    type: str
    id: UUID


class JobView(View):
    """A job."""

    id: UUID
    kind: str
    status: JobStatus
    is_terminal: bool
    dead_letter: bool
    progress: JobProgress
    attempts: int
    max_attempts: int
    crashes: int
    resource: JobResource | None
    result: dict[str, Any] | None
    error: Reason | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    links: dict[str, str]


class JobUpdated(Event):
    """A job changed its status."""

    name = "job:updated"

    job: JobView


def job_links(job_id: UUID, resource: tuple[str, UUID] | None = None) -> dict[str, str]:
    """Return where a job and what it makes can be read."""
    links = {"self": f"/api/jobs/{job_id}", "cancel": f"/api/jobs/{job_id}/cancel"}
    if resource:
        links[resource[0]] = f"/api/{resource[0]}s/{resource[1]}"
    return links


def job_view(job: Job, queue_position: int | None = None) -> JobView:
    """Return a job's row as people see it."""
    resource = (job.resource_type, job.resource_id) if job.resource_type and job.resource_id else None
    return JobView(
        id=job.id,
        kind=job.kind,
        status=job.status,  # type: ignore[arg-type]
        is_terminal=job.status in TERMINAL,
        dead_letter=job.dead_letter,
        progress=JobProgress(percent=job.percent, stage=job.stage, queue_position=queue_position),
        attempts=job.attempts,
        max_attempts=job.max_attempts,
        crashes=job.crashes,
        resource=JobResource(type=resource[0], id=resource[1]) if resource else None,
        result=job.result,
        error=Reason(code=job.error["code"], message=job.error["message"]) if job.error else None,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        links=job_links(job.id, resource),
    )
