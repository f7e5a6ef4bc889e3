"""What health answers."""

from typing import Literal

from app.lib.schema import View


class Alive(View):
    """The process answers."""

    status: Literal["ok"]


class Check(View):
    """One thing the process depends on. What is `degraded` does not stop it from serving."""

    name: str
    status: Literal["ok", "degraded", "down"]
    detail: str | None = None


class Readiness(View):
    """Whether this process can serve, and how its surroundings are."""

    status: Literal["ready", "degraded", "unready"]
    version: str
    checks: list[Check]
    workers: dict[str, int]
