"""Which of our own processes `renovation up` runs, in which order, and what they are told."""

import os
import sys

import msgspec

from app.embedded.children import Child
from app.settings import Settings


class Lineup(msgspec.Struct, frozen=True):
    """The children of one run, by when they start."""

    prepare: tuple[Child, ...]  # run to their end, one after another, before anything else of ours starts
    first: Child  # answers /health/ready
    others: tuple[Child, ...]  # report there by name; started once `first` answers
    meanwhile: tuple[Child, ...] = ()  # run to their end beside `first`, and have to succeed


def ours(name: str, grace_s: float = 8.0) -> Child:
    return Child(name, (sys.executable, "-m", "app.cli", name), grace_s=grace_s)


USUAL = Lineup(
    prepare=(ours("migrate"),),
    first=ours("api"),
    others=(ours("heavy", grace_s=12.0), ours("light", grace_s=12.0)),
    meanwhile=(ours("seed"),),  # a second saved on two cores
)


def environment(settings: Settings) -> dict[str, str]:
    """Return what every child is told: our own environment, with the settings as they came out in the end."""
    # PGSSLMODE and the like, set for another server, would reach the driver; our addresses say all it needs.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return inherited | settings.as_environ()
