"""The name under which this process owns calls, and the names of those that died.

Each process holds a lock on a file of its own in the data directory for as long as it lives. The
system drops the lock with the process, however it ends, so a file that can be locked by another
tells of a process that is gone, also when its number was given to somebody else since.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.clock import Entropy


@dataclass(frozen=True, slots=True)
class Owner:
    """This process as an owner of calls. ``dead``: owners of this machine that are gone."""

    name: str
    dead: tuple[str, ...]


@contextmanager
def own_calls(data_dir: Path, entropy: Entropy) -> Iterator[Owner]:
    """Be an owner of calls for the length of the block. Raises OSError: no such directory."""
    folder = data_dir / "owners"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{os.uname().nodename}-{os.getpid()}-{entropy(4).hex()}"
    dead = tuple(_bury(folder))
    path = folder / name
    with path.open("x") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield Owner(name, dead)
        finally:
            path.unlink(missing_ok=True)


def _bury(folder: Path) -> Iterator[str]:
    """The owners whose lock is free; their files go."""
    for path in sorted(folder.iterdir()):
        try:
            with path.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # alive, or buried by another process at this moment
        yield path.name
