"""What travels: pages of jobs. The job itself is `app.queue.views.JobView`."""

from app.lib.schema import View
from app.queue.views import JobView


class JobPage(View):
    """One page of jobs, newest first."""

    items: list[JobView]
    next_cursor: str | None
