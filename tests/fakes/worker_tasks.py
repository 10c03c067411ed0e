"""What worker processes are asked to do in tests: to answer, to meet, to hang, to die."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path


def nothing() -> None:
    """Load nothing."""


def cannot_load() -> None:
    raise RuntimeError("there is no model here")


def load_once_it_may(permission: Path) -> None:
    """Load only where ``permission`` exists."""
    if not permission.exists():
        raise RuntimeError("not yet")


def echo(value: object) -> object:
    return value


def process_id() -> int:
    return os.getpid()


def fail() -> None:
    raise ValueError("this sound is broken")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(begun: Path) -> None:
    """Say through the FIFO ``begun`` that it has begun, and never end."""
    _write(begun)
    threading.Event().wait()


def wait_for(begun: Path, leave: Path) -> int:
    """Say through ``begun`` that it has begun, and end once there is something in ``leave``."""
    _write(begun)
    _read(leave)
    return os.getpid()


def greet_and_wait(mine: Path, theirs: Path) -> int:
    """Meet another one that does the same the other way round: both are at work at once."""
    return wait_for(mine, theirs)


def _write(pipe: Path) -> None:
    file = os.open(pipe, os.O_WRONLY)
    os.write(file, b".")
    os.close(file)


def _read(pipe: Path) -> None:
    file = os.open(pipe, os.O_RDONLY)
    os.read(file, 1)
    os.close(file)
