"""Removing files."""

from datetime import timedelta

from app.domain.files.messages import DeleteFiles
from app.queue.declare import job
from app.queue.messages import Queue
from app.queue.run import Run


@job(DeleteFiles, Queue.UPKEEP, attempts=5, time_limit=timedelta(seconds=60), visible=False)
async def delete_files(run: Run, order: DeleteFiles) -> None:
    """Remove what is named; what is gone already is fine, so running twice does no harm."""
    files = run.resources.files
    await files.delete(*order.keys)
    for folder in order.folders:
        await files.delete(*[file.key async for file in files.list(folder)])
