"""What a server's folder holds besides its data: a lock, and a private note of port, password and process."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class Taken(Exception):
    """Another process holds the folder."""


class FolderLock:
    """Held by one process at a time, and let go by the kernel however that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Raises Taken when another process, or another object in this one, has it."""
        file = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            raise Taken(str(self._path)) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @property
    def held(self) -> bool:
        return self._file is not None


def write_private(path: Path, text: str | bytes) -> None:
    """Replace a file at one stroke; nobody but its owner can read it, not even while it is being written.

    Written by root it belongs to whoever owns the folder.
    """
    data = text.encode() if isinstance(text, str) else text
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as output:
        output.write(data)
        output.flush()
        os.fsync(file)
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(file, folder.st_uid, folder.st_gid)
    draft.replace(path)


def read_state(path: Path, kind: type[S]) -> S | None:
    """Return the note, or None when there is none or it is not readable as one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_state(path: Path, state: msgspec.Struct | dict[str, Any]) -> None:
    write_private(path, msgspec.json.format(msgspec.json.encode(state)))


def own(folder: Path, owner: tuple[int, int]) -> None:
    """Give a folder and all in it to `owner`, if it is not theirs already. For root only."""
    found = folder.stat()
    if (found.st_uid, found.st_gid) == owner:
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place, name), *owner, follow_symlinks=False)
    # The top last: its owner says whether all of this has been done.
    os.chown(folder, *owner)
