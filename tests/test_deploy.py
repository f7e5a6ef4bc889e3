"""What operators are given agrees with the code: settings, commands, health checks, the names of metrics."""

import re
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis

from app.cli import main
from app.domain.health.service import KINDS
from app.embedded.throwaway import Addresses
from app.lib import metrics
from app.queue.messages import HEAVY
from app.settings import Settings
from tests.live import free_port

PROJECT = Path(__file__).parents[1]
DEPLOY = PROJECT / "deploy"
SETTING = re.compile(r"^(#?)([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
# Read by compose.yaml, and by S3's own way of finding credentials.
NOT_OURS = {"POSTGRES_PASSWORD", "RELEASE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}


def example() -> list[tuple[str, str, str]]:
    """Return the mark, `#` or nothing, the name and the value of every setting in the example."""
    return SETTING.findall((DEPLOY / "env.example").read_text())


def services() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml that run our image."""
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return {name: service for name, service in found.items() if service["image"].startswith("renovation:")}


def queues_of(service: dict[str, Any]) -> list[str]:
    """Return the queues a service's command names."""
    command: list[str] = service["command"]
    return command[command.index("--queues") + 1].split(",") if "--queues" in command else []


def test_the_example_lists_every_setting_once() -> None:
    names = [name for _, name, _ in example()]

    assert len(names) == len(set(names))
    assert set(names) - NOT_OURS == {field.upper() for field in Settings.__struct_fields__}


def test_the_example_gives_the_defaults_and_says_what_each_setting_means() -> None:
    defaults = Settings().as_environ()
    lines = (DEPLOY / "env.example").read_text().splitlines()

    given = {name: text for mark, name, text in example() if mark and name not in NOT_OURS}
    bare = [above for above, line in pairwise(lines) if SETTING.match(line) and above[:2] != "# "]

    assert given == {name: defaults.get(name, "") for name in given}
    assert [above for above in bare if not above.startswith("#AWS_")] == []


def test_compose_sets_only_what_exists_and_calls_only_what_exists() -> None:
    given = {name: service["environment"] for name, service in services().items()}
    fields = {field.upper() for field in Settings.__struct_fields__}

    for name, service in services().items():
        command, *options = service["command"]
        found = main.commands[command]
        found.make_context(command, options)  # raises for an option that is not there

        assert set(given[name]) <= fields


def test_compose_works_on_every_queue_once() -> None:
    worked = [queue for service in services().values() for queue in queues_of(service)]

    assert sorted(worked) == sorted(HEAVY)
    assert "light" in services()


def test_the_runbook_names_every_metric_and_no_other() -> None:
    text = (DEPLOY / "runbook.md").read_text()
    known = {family.name for family in metrics.REGISTRY.collect()}

    named = set(re.findall(r"^\| `([a-z_]+)[`{]", text, re.MULTILINE))

    assert {name.removesuffix("_total") for name in named} == {name.removesuffix("_total") for name in known}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_worker_is_healthy_while_it_reports(servers: Addresses, redis: Redis, kind: str) -> None:
    settings = {"REDIS_URL": servers.redis_url, "DATABASE_URL": servers.database_url}
    sign = f"workers:{kind}:{kind}:{socket.gethostname()}:17"

    before = healthcheck(kind, settings)
    await redis.set(sign, "1", ex=30)
    after = healthcheck(kind, settings)
    await redis.delete(sign)

    assert (before, after) == (1, 0)


def test_an_api_that_does_not_answer_is_not_healthy() -> None:
    assert healthcheck("api", {"PORT": str(free_port())}) == 1


def healthcheck(kind: str, settings: dict[str, str]) -> int:
    """Return the exit code of the image's health check."""
    command = [sys.executable, str(DEPLOY / "healthcheck.py"), kind]
    return subprocess.run(
        command, env={"PYTHONPATH": str(PROJECT)} | settings, check=False, capture_output=True
    ).returncode
