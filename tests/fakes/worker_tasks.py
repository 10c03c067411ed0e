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
    """Say that it has begun, by opening the FIFO ``begun``, and never end."""
    os.close(os.open(begun, os.O_WRONLY))
    threading.Event().wait()


def meet(pipe: Path, *, writes: bool) -> int:
    """Wait for the other one at the FIFO ``pipe``; both are at work at the same time."""
    os.close(os.open(pipe, os.O_WRONLY if writes else os.O_RDONLY))
    return os.getpid()


def write_to(pipe: Path) -> int:
    return meet(pipe, writes=True)


def read_from(pipe: Path) -> int:
    return meet(pipe, writes=False)
