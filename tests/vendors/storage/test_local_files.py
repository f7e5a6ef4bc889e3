import subprocess
import sys
from pathlib import Path

import pytest

from app.vendors import Unavailable
from app.vendors.storage.local import LocalFiles

SMALL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from app.vendors import Unavailable
from app.vendors.storage.local import LocalFiles

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
files = LocalFiles(Path(sys.argv[1]))

async def main():
    await files.put("small", b"x" * 1_000)
    try:
        await files.put("large", b"x" * 200_000)
    except Unavailable as error:
        print(error.code)

asyncio.run(main())
"""


async def test_no_room_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SMALL_DISK, str(tmp_path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: ASYNC221

    assert out.stdout.strip() == "storage-full"
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]  # noqa: ASYNC240
    assert left == ["small"]


async def test_a_folder_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("in the way")
    files = LocalFiles(tmp_path / "storage")

    with pytest.raises(Unavailable):
        await files.put("a/b", b"x")
    with pytest.raises(Unavailable):
        await files.check()


async def test_deleting_the_last_file_removes_its_folders(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    await files.put("renders/r1/a.png", b"x")
    await files.put("renders/r2/b.png", b"x")

    await files.delete("renders/r1/a.png")

    assert sorted(path.name for path in (tmp_path / "renders").iterdir()) == ["r2"]


async def test_an_interrupted_write_is_never_listed(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    await files.put("a", b"x")
    (tmp_path / ".partial" / "left-by-a-crash").write_bytes(b"half")

    assert [file.key async for file in files.list("")] == ["a"]
