"""Become another program that dies with its parent, as another user if asked.

    python -I -S trampoline.py DEATH_SIGNAL PARENT_PID USER FOLDER PROGRAM [ARGUMENT...]

A script of its own, on the standard library alone, because all of this has to happen between fork and exec, where
Python code in the parent must not run (`preexec_fn` deadlocks beside threads), and because the folder of the
interpreter may be closed to the user that is dropped to: here it is already running when the drop happens.

USER is `same`, `drop:UID:GID` (for root: become that user) or `map:UID:GID` (for root where no other user can reach
the files: stay, in a user namespace in which we look like that user).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def become(user: str) -> None:
    """Turn into the wanted user; the numbers are those of the target."""
    how, _, ids = user.partition(":")
    if how == "same":
        return
    uid, gid = (int(number) for number in ids.split(":"))
    if how == "drop":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    else:
        look_like(uid, gid)


def look_like(uid: int, gid: int) -> None:
    """Enter a user namespace where our own ids are called `uid` and `gid`."""
    outside = (os.geteuid(), os.getegid())
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace allowed here")
    # The kernel accepts a group map from inside only after setgroups is given up.
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside[0]} 1"),
        ("gid_map", f"{gid} {outside[1]} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def main() -> None:
    """Do as the arguments say; what cannot be done ends with one line and code 126."""
    death_signal, parent, user, folder, *command = sys.argv[1:]
    try:
        become(user)
        os.chdir(folder)
        if sys.platform == "linux":
            # After the change of user, which clears it. It is tied to the parent's thread that forked us.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("the parent is gone already")
        # Python ignores these two, and what is ignored stays ignored across exec.
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error}\n")
        sys.exit(126)


if __name__ == "__main__":
    main()
