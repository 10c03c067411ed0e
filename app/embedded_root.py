"""Run a program as an ordinary user from a root shell, leaving the machine as it is.

Postgres refuses to run as uid 0. This file is started as a script (``python -I -S``): it enters
a new user namespace in which root appears as one ordinary user, then becomes the program. Files
stay owned by root, no account is made and no directory is opened to others.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

CLONE_NEWUSER: Final = 0x10000000  # linux/sched.h
SEEN_AS: Final = 1  # "daemon" on every Linux; any id but 0 will do
USAGE_STATUS: Final = 64  # EX_USAGE


def enter_user_namespace() -> None:
    """Become uid and gid ``SEEN_AS`` in a user namespace of our own.

    Raises:
        OSError: the kernel or the container forbids user namespaces.
    """
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    own = Path("/proc/self")
    own.joinpath("setgroups").write_text("deny", encoding="ascii")  # the kernel's price of gid_map
    own.joinpath("uid_map").write_text(f"{SEEN_AS} {uid} 1", encoding="ascii")
    own.joinpath("gid_map").write_text(f"{SEEN_AS} {gid} 1", encoding="ascii")


def main(arguments: list[str]) -> None:
    """Become the program named by ``arguments``, inside the namespace. Does not return."""
    if not arguments:
        sys.exit(USAGE_STATUS)
    enter_user_namespace()
    os.execv(arguments[0], arguments)  # noqa: S606 - becoming another program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
