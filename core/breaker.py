"""A circuit breaker: keeps callers away from a provider that fails, and tries it again later.

    CLOSED -- failures in a row, or told to stay away --> OPEN
    OPEN -- its time is over --> HALF_OPEN (one trial at a time)
    HALF_OPEN -- trial succeeded --> CLOSED; trial failed --> OPEN, for longer

Pure: the caller passes the instant in, in seconds of any monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Circuit(StrEnum):
    """The state of a breaker."""

    CLOSED = "closed"  # calls go through
    OPEN = "open"  # calls are refused
    HALF_OPEN = "half_open"  # one trial call is under way or allowed


class CircuitCue(StrEnum):
    """What happens to a breaker."""

    SUCCEEDED = "succeeded"
    TRIPPED = "tripped"  # too many failures in a row, or told to stay away
    RESTED = "rested"  # the time of being open is over


MOST_DOUBLINGS: Final = 32  # beyond any limit in use, and a float holds it

NEXT: Final[Mapping[tuple[Circuit, CircuitCue], Circuit]] = MappingProxyType(
    {
        (Circuit.CLOSED, CircuitCue.SUCCEEDED): Circuit.CLOSED,
        (Circuit.CLOSED, CircuitCue.TRIPPED): Circuit.OPEN,
        (Circuit.OPEN, CircuitCue.SUCCEEDED): Circuit.OPEN,  # a call begun before it opened
        (Circuit.OPEN, CircuitCue.TRIPPED): Circuit.OPEN,
        (Circuit.OPEN, CircuitCue.RESTED): Circuit.HALF_OPEN,
        (Circuit.HALF_OPEN, CircuitCue.SUCCEEDED): Circuit.CLOSED,
        (Circuit.HALF_OPEN, CircuitCue.TRIPPED): Circuit.OPEN,
    }
)


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens, and for how long. Times are seconds."""

    failures: int = 3  # in a row; one or two are a hiccup
    open_s: float = 5.0  # the first time; it doubles with every failed trial
    longest_s: float = 60.0
    trial_s: float = 30.0  # a trial without an answer for so long is forgotten


class Breaker:
    """The breaker of one provider. One per process; not for threads."""

    def __init__(self, name: str, limits: BreakerLimits | None = None) -> None:
        self.name = name
        self._limits = limits or BreakerLimits()
        self._circuit = Circuit.CLOSED
        self._failures = 0
        self._opened = 0  # times in a row without a success
        self._until = 0.0
        self._trial_until = 0.0
        self._reason = ""

    def circuit(self, now: float) -> Circuit:
        """The state as it is at ``now``."""
        if self._circuit is Circuit.OPEN and now >= self._until:
            self._follow(CircuitCue.RESTED)
            self._trial_until = 0.0
        return self._circuit

    @property
    def reason(self) -> str:
        """The last failure, in one sentence; empty while all is well."""
        return self._reason

    def lets(self, now: float) -> bool:
        """Whether a call may be made now. In HALF_OPEN only one at a time is let through."""
        circuit = self.circuit(now)
        if circuit is not Circuit.HALF_OPEN:
            return circuit is Circuit.CLOSED
        if now < self._trial_until:
            return False
        self._trial_until = now + self._limits.trial_s
        return True

    def succeeded(self, now: float) -> None:
        """A call went well."""
        self.circuit(now)
        self._follow(CircuitCue.SUCCEEDED)
        if self._circuit is Circuit.CLOSED:
            self._failures = self._opened = 0
            self._reason = ""

    def failed(self, now: float, reason: str, *, stay_away_s: float | None = None) -> None:
        """A call failed. ``stay_away_s``: open at once, for that long."""
        circuit = self.circuit(now)
        self._failures += 1
        self._reason = reason
        enough = self._failures >= self._limits.failures
        if stay_away_s is None and not enough and circuit is not Circuit.HALF_OPEN:
            return
        if circuit is Circuit.OPEN and stay_away_s is None:
            return  # a call begun before it opened tells nothing new
        self._follow(CircuitCue.TRIPPED)
        rest = min(self._limits.open_s * 2**self._opened, self._limits.longest_s)
        self._opened = min(self._opened + 1, MOST_DOUBLINGS)
        self._until = max(self._until, now + (rest if stay_away_s is None else stay_away_s))

    def gave_up(self, now: float) -> None:
        """A call was cancelled by us: it tells nothing, and a trial is free again."""
        if self.circuit(now) is Circuit.HALF_OPEN:
            self._trial_until = 0.0

    def _follow(self, cue: CircuitCue) -> None:
        self._circuit = NEXT[(self._circuit, cue)]
