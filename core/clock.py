"""Time as a port: nobody below ``app`` reads a clock of the machine."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. All wall times are aware and in UTC."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        ...


class Entropy(Protocol):
    """A source of random bytes, so that ids and tokens are repeatable in tests."""

    def __call__(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        ...
