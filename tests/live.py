"""The whole product running, for tests that need real processes: `renovation up` in a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_S = 90


@dataclass(frozen=True)
class LiveServer:
    """Where a running product is, and its folder."""

    url: str
    data_dir: Path
    process: "subprocess.Popen[str]"

    def client(self) -> httpx.Client:
        """Return a client that nobody is signed in with."""
        return httpx.Client(base_url=self.url, timeout=30)

    def metric(self, name: str) -> float:
        """Return one metric without labels."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", httpx.get(f"{self.url}/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0


@contextmanager
def whole_product(data_dir: Path, **environ: str) -> Generator[LiveServer]:
    """Start everything in a folder and stop it at the end, leaving no process behind."""
    url = f"http://127.0.0.1:{free_port()}"
    process = _start(data_dir, url, environ)
    try:
        _wait_until_ready(process, data_dir)
        yield LiveServer(url, data_dir, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(data_dir: Path, url: str, environ: Mapping[str, str]) -> "subprocess.Popen[str]":
    data_dir.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    told = {"DATA_DIR": str(data_dir), "PORT": url.rsplit(":", 1)[1], "LIMITS_SCALE": "1000", "APP_ENV": "test"}
    with (data_dir / "up.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"], env={**kept, **told, **environ}, stdout=log, stderr=log, text=True
        )


def _wait_until_ready(process: "subprocess.Popen[str]", data_dir: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        said = (data_dir / "up.log").read_text()
        if "ready: " in said:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"did not become ready:\n{(data_dir / 'up.log').read_text()[-3000:]}")
