"""Who uses a server: file locks by which several processes share one and the last one stops it.

Each user process holds a shared lock on ``NAME.users``. Starting and stopping happen under the
exclusive lock ``NAME.gate``, so nobody can come in while the last one goes out. The kernel drops
the locks of a process that dies, however it dies, so no count can go wrong.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import ProviderError

GATE_S: Final = 90.0  # another process may be creating a cluster on a slow disk
POLL_S: Final = 0.02


class Lease:
    """The share that one user of a server holds."""

    def __init__(self, directory: Path, name: str) -> None:
        self._name = name
        self._gate = directory / f"{name}.gate"
        self._users = directory / f"{name}.users"
        self._share: int | None = None

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Nobody else starts or stops the server meanwhile. Blocking.

        Raises:
            ProviderError: another process keeps the gate shut.
        """
        descriptor = _open(self._gate)
        try:
            deadline = time.monotonic() + GATE_S
            while not _lock(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise ProviderError(
                        self._name,
                        f"another process has been starting or stopping it for {GATE_S:.0f} s "
                        f"(it holds {self._gate}).",
                        retryable=True,
                    )
                time.sleep(POLL_S)
            yield
        finally:
            os.close(descriptor)

    def take(self) -> None:
        """Become a user. Call it inside the gate."""
        descriptor = _open(self._users)
        if not _lock(descriptor, fcntl.LOCK_SH):  # only the last one out locks it, inside the gate
            os.close(descriptor)
            raise ProviderError(self._name, f"{self._users} is locked by others.", retryable=True)
        self._share = descriptor

    def give_back(self) -> bool:
        """Stop being a user; True for the last one. Call it inside the gate."""
        if self._share is None:
            return False
        descriptor, self._share = self._share, None
        try:
            return _lock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
