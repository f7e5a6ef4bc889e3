"""The command line: `renovation up | api | heavy | light | migrate | seed | openapi`."""

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from app.lib.version import VERSION
from app.settings import Settings, SettingsError


def settled(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command its settings; a wrong or missing one is one line and exit 2, not a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(Settings.load(), *args, **options)
        except SettingsError as error:
            raise click.UsageError(str(error)) from None

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="renovation")
def main() -> None:
    """Plan a renovation: the API, its workers, and everything they need.

    `renovation up` starts all of it on this machine. Settings are environment variables; deploy/env.example lists them.
    """


@main.command()
@settled
def up(settings: Settings) -> None:
    """Start everything: PostgreSQL and Redis (embedded unless their URLs are set), API, workers. Ctrl-C ends it."""
    from app.embedded.supervisor import up as start

    sys.exit(asyncio.run(start(settings)))


@main.command()
@settled
def api(settings: Settings) -> None:
    """Serve the API and the page on HOST and PORT."""
    _need_servers(settings)
    from app.api import run_api

    run_api(settings)


@main.command()
@click.option("--queues", default="renders,documents,images", show_default=True, help="Which queues to work on.")
@settled
def heavy(settings: Settings, queues: str) -> None:
    """Work on renders, documents and pictures."""
    _need_servers(settings)
    from app.queue.messages import HEAVY, Queue
    from app.workers.heavy import run_heavy

    wanted = [name.strip() for name in queues.split(",")]
    if unknown := [name for name in wanted if name not in HEAVY]:
        raise click.UsageError(f"no such queue: {', '.join(unknown)}; there are {', '.join(HEAVY)}")
    run_heavy(settings, tuple(Queue(name) for name in wanted))


@main.command()
@settled
def light(settings: Settings) -> None:
    """Work on chat, notifications and upkeep; send what crashes left unsent."""
    _need_servers(settings)
    from app.workers.light import run_light

    run_light(settings)


@main.command()
@click.option("--to", "revision", default="head", show_default=True, help="A revision, `head` or `base`.")
@click.option("--down", is_flag=True, help="Go down to the revision instead of up.")
@click.option("--new", "message", help="Write a new migration with this title instead.")
@settled
def migrate(settings: Settings, revision: str, down: bool, message: str | None) -> None:
    """Bring the database to the newest migration."""
    _need_servers(settings)
    from app.db import migrate as migrations

    if message:
        asyncio.run(migrations.make_migration(settings, message))
        return
    change = migrations.downgrade if down else migrations.upgrade
    before, after = asyncio.run(change(settings, revision))
    click.echo(f"database: {before or 'empty'} -> {after or 'empty'}" if before != after else f"database: at {after}")


@main.command()
@settled
def seed(settings: Settings) -> None:
    """Load the styles; running it again updates them."""
    _need_servers(settings)
    from app.db.seed.load import seed as load
    from app.resources import open_resources

    async def run() -> str:
        async with open_resources(settings) as resources:
            return await load(resources)

    click.echo(asyncio.run(run()))


@main.command()
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="A file instead of standard output.")
@settled
def openapi(settings: Settings, output: str | None) -> None:
    """Print the OpenAPI document; needs no database."""
    import msgspec

    from app.asgi import create_app
    from app.web.openapi import document

    contents = document(create_app(settings).app, settings)
    text = msgspec.json.format(msgspec.json.encode(contents), indent=2) + b"\n"
    with click.open_file(output or "-", "wb") as file:
        file.write(text)


def _need_servers(settings: Settings) -> None:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not getattr(settings, name.lower())]
    if missing:
        raise click.UsageError(f"{' and '.join(missing)} not set; `renovation up` starts embedded ones")


if __name__ == "__main__":
    main()
