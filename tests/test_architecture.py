"""What keeps the tree readable: imports point down, processes load only what they need, files stay small."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
APP = PROJECT / "app"
# What a worker computes with, or a vendor's SDK: none of it belongs into a process that answers requests.
HEAVY = (
    "langchain",
    "langgraph",
    "langsmith",
    "google.genai",
    "typst",
    "numpy",
    "PIL",
    "pi_heif",
    "stripe",
    "resend",
    "sentry_sdk",
    "posthog",
)
MOST_LINES = 300
LONG = ("app/db/seed/", "app/db/migrations/", "app/web/page/", "tests/")  # data, one long list, another language
# Folders of one machine; what every installation has (/usr, /etc, /var, /tmp) is nobody's own.
MACHINE_PATH = re.compile(rb"(?<![\w.)}\]])/(?:work|root|home/\w+|Users/\w+|mnt/\w+|opt/\w+)/")
SMALL_TREE = {
    "lib/__init__": "",
    "settings": "",
    "db/__init__": "",
    "web/__init__": "",
    "vendors/__init__": "",
    "vendors/mail": "",
    "vendors/images": "",
    "embedded/__init__": "",
    "domain/__init__": '"""Imports go left only:\n\nfiles ‹ rooms styles ‹ renders\n"""',
    "domain/files/__init__": "",
    "domain/rooms/__init__": "",
    "domain/styles/__init__": "",
    "domain/renders/__init__": "",
    "cli": "import app.embedded",
}


def faults(tree: Path) -> list[str]:
    """Return what `make map` objects to in a checkout, picture included."""
    command = [sys.executable, str(PROJECT / ".ci" / "map.py"), "--check", "--tree", str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == (1 if done.stdout else 0)
    return done.stdout.splitlines()


def write_tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / "app" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def tracked() -> Iterator[Path]:
    """Yield the files of the repository."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = (PROJECT / name for name in listing.stdout.split("\0") if name)
    return (file for file in files if file.is_file())


def shown(file: Path) -> str:
    return file.relative_to(PROJECT).as_posix()


def reads_environment(file: Path) -> bool:
    """Tell whether a module looks at the environment, however it gets hold of it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            return any(alias.name in ("environ", "environb", "getenv") for alias in node.names)
    return False


def imported_packages(file: Path) -> set[str]:
    """Return the first names of everything a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_imports_point_down_and_the_picture_shows_them() -> None:
    assert faults(PROJECT) == []


@pytest.mark.parametrize(
    ("module", "line", "objection"),
    [
        ("lib/clock", "from app.web import anything", "upwards"),
        ("db/base", "def late():\n    from app.domain.rooms import service", "upwards"),
        ("db/base", "import app.vendors", "sideways"),
        ("vendors/mail", "import app.vendors.images", "another vendor's folder"),
        ("domain/rooms/service", "from app.domain import renders", "not to its left"),
        ("domain/rooms/service", "from app.domain.styles import anything", "not to its left"),
        ("web/__init__", "import app.embedded", "it stands alone"),
        ("domain/chat/__init__", "", "does not place chat"),
        ("lib/clock", "import app.lib.ids\n", "a ring of imports: app.lib.clock > app.lib.ids"),
        ("extras", "import app.lib", "no layer is named for it"),
    ],
)
def test_an_import_against_the_layers_is_named(tmp_path: Path, module: str, line: str, objection: str) -> None:
    write_tree(tmp_path, SMALL_TREE | {"lib/ids": "import app.lib.clock", "lib/clock": "", module: line})

    found = faults(tmp_path)

    assert len(found) == 1
    assert objection in found[0]


def test_a_picture_of_other_imports_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, SMALL_TREE)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "architecture.svg").write_text("<svg/>")

    assert faults(tmp_path) == [
        "docs/architecture.svg shows other imports than there are: run `make map` and commit it"
    ]


def test_only_settings_and_what_starts_processes_read_the_environment() -> None:
    readers = [shown(file) for file in sorted(APP.rglob("*.py")) if reads_environment(file)]

    others = [name for name in readers if not name.startswith(("app/settings.py", "app/embedded/", "app/cli.py"))]

    assert others == []


def test_features_know_of_http_only_at_their_edge() -> None:
    edge = ("controllers.py", "schemas.py", "streams.py")
    inner = [file for file in sorted((APP / "domain").rglob("*.py")) if file.name not in edge]

    assert [shown(file) for file in inner if "litestar" in imported_packages(file)] == []


def test_the_api_loads_nothing_it_does_not_serve_with() -> None:
    code = "import sys, app.asgi; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)

    names = loaded.stdout.split()
    assert "litestar" in names
    assert [name for name in names if name.startswith(HEAVY)] == []


def test_lock_files_name_no_registry() -> None:
    locks = [file for file in tracked() if "lock" in file.name and file.suffix in (".lock", ".json", ".yaml", ".toml")]

    assert len(locks) >= 2
    assert [shown(file) for file in locks if "://" in file.read_text()] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    ours = bytes(PROJECT) + b"/"
    mine = Path(__file__).resolve()

    bytes_of = ((file, file.read_bytes()) for file in tracked() if file.resolve() != mine)

    assert [shown(file) for file, text in bytes_of if ours in text or MACHINE_PATH.search(text)] == []


def test_no_file_has_grown_past_reading() -> None:
    ours = [file for file in tracked() if file.suffix == ".py" and not shown(file).startswith(LONG)]

    lengths = {shown(file): len(file.read_text().splitlines()) for file in ours}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_tests_of_the_same_name_can_stand_in_different_folders() -> None:
    folders = {file.parent for file in tracked() if file.match("test_*.py")}

    assert [shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
