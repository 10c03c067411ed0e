"""A clock that moves only when told, and random bytes that repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random


@dataclass
class ToldClock:
    """``core.clock.Clock``: stands at ``at`` until moved."""

    at: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday

    def now(self) -> datetime:
        """The told time."""
        return self.at

    def monotonic_s(self) -> float:
        """Seconds since the told clock's year began."""
        return (self.at - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass
class RepeatableEntropy:
    """``core.clock.Entropy``: different bytes each time, the same in every run."""

    random: Random = field(default_factory=lambda: Random(7))

    def __call__(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        return self.random.randbytes(count)
