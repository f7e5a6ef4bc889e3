"""`python -m bench`: figures of this machine, now, each beside a yardstick where there is one."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bench.jobs import measure_jobs
from bench.pictures import measure_pictures
from bench.report import Table
from bench.requests import measure_requests
from bench.stack import Stack, running_stack
from bench.streams import measure_streams

PARTS: dict[str, Callable[[Stack, float], Awaitable[Table]]] = {
    "requests": measure_requests,
    "jobs": measure_jobs,
    "streams": measure_streams,
    "pictures": measure_pictures,
}


@click.command()
@click.option("--only", default=",".join(PARTS), show_default=True, help="Which parts to run.")
@click.option("--seconds", default=3.0, show_default=True, help="How long each measured turn is.")
def main(only: str, seconds: float) -> None:
    """Measure requests, jobs, event fan-out and the main job. Closed loop: latencies hold for their load only."""
    parts = [part.strip() for part in only.split(",")]
    if unknown := [part for part in parts if part not in PARTS]:
        raise click.UsageError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {platform.machine()}, load average {load:.1f} before the run")
    with tempfile.TemporaryDirectory(prefix="renovation-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # for root, whose servers run as a user who has to get in
        asyncio.run(_run(parts, seconds, Path(folder)))


async def _run(parts: list[str], seconds: float, folder: Path) -> None:
    for part in parts:
        async with running_stack(folder / part) as stack:
            print(await PARTS[part](stack, seconds), flush=True)


if __name__ == "__main__":
    main()
