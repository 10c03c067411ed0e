"""The heartbeat of a worker: a file that it touches, by which others see that it lives.

Each worker holds a lock on a file of its own, below the data directory, and touches it every few
seconds. The system drops the lock with the process, however it ends, so a file that can be locked
by another tells of a worker that is gone, and says nothing about those that live.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.loops import Loop
from core.clock import Clock, Entropy
from core.errors import InvalidInputError

BEAT_S: Final = 5.0
STALE_S: Final = 30.0  # five beats were missed: the process hangs
FOLDER: Final = "workers"


class Heartbeat:
    """The heartbeat of this process."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    async def beat(self) -> None:
        """Say that this process lives. Raises OSError: the file cannot be touched."""
        now_s = self._clock.now().timestamp()
        os.utime(self._path, (now_s, now_s))

    @property
    def loop(self) -> Loop:
        """The beat, every few seconds."""
        return Loop("heartbeat", BEAT_S, self.beat)


@contextmanager
def heart(data_dir: Path, clock: Clock, entropy: Entropy) -> Iterator[Heartbeat]:
    """Have a heartbeat for the length of the block; those of workers that died are removed.

    Raises:
        InvalidInputError: the data directory takes no such file.
    """
    folder = data_dir / FOLDER
    name = f"{os.uname().nodename}-{os.getpid()}-{entropy(4).hex()}"
    path = folder / name
    unlocked = folder / f".{name}"  # nobody looks at it until it is locked
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _bury(folder)
        held = unlocked.open("x")
    except OSError as error:
        raise InvalidInputError(
            f"{folder} takes no file ({error.strerror}). Set PARLEY_DATA_DIR to a folder that "
            "this account may write to.",
            field="PARLEY_DATA_DIR",
        ) from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unlocked.rename(path)
        try:
            yield Heartbeat(path, clock)
        finally:
            path.unlink(missing_ok=True)


def _bury(folder: Path) -> None:
    """Remove the files whose lock is free, also those of other hosts and containers.

    A folder that hosts share over a network must pass locks on, as NFS 4 does.
    """
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue  # of one that is about to lock it
        try:
            with path.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # alive, or removed by another at this moment


def ages_s(data_dir: Path, clock: Clock) -> list[float]:
    """The seconds since the last beat of each worker on this machine.

    The files of workers that died are removed.
    """
    folder = data_dir / FOLDER
    # The host "parley" is not the host "parley-two".
    ours = re.compile(rf"{re.escape(os.uname().nodename)}-\d+-[0-9a-f]+")
    found = []
    for path in sorted(folder.glob("*")):
        if not ours.fullmatch(path.name):
            continue
        try:
            with path.open("r") as file:
                age_s = clock.now().timestamp() - os.fstat(file.fileno()).st_mtime
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except BlockingIOError:
            found.append(age_s)
        except FileNotFoundError:
            continue  # it left at this moment
    return found


def are_well(ages: list[float]) -> bool:
    """Whether there is a worker, and every one has lately given a sign of life."""
    return bool(ages) and all(age_s < STALE_S for age_s in ages)
