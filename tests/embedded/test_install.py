"""What a fresh machine installs: pinned by hash, from whichever registry that machine uses."""

import re
import subprocess

import pytest

from tests.embedded.watch import PROJECT

LOCKS = ("requirements.lock", "requirements-runtime.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((PROJECT / name).read_text()))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_address_and_every_hash(name: str) -> None:
    text = (PROJECT / name).read_text()

    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]

    assert "://" not in text
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_runs_is_what_is_tested_without_the_tools() -> None:
    everything, runtime = (pins(name) for name in LOCKS)

    assert runtime.items() <= everything.items()
    assert "uv" in runtime  # a sync removes what is not listed, itself included
    assert not {"pytest", "playwright", "schemathesis", "pyright"} & set(runtime)


def test_make_alone_lists_every_target() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())

    listed = subprocess.run(["make", "-s"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[0] for line in listed.replace("  make ", "").splitlines()} == targets
