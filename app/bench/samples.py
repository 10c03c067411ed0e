"""The figures of a bench as they come in: of the measured stretch only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.bench.spread import Spread, spread


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """One turn, milliseconds from its ``prepare``; ``commit_ms`` counts from the last piece."""

    first_piece_ms: float
    last_piece_ms: float
    commit_ms: float
    turn_ms: float


@dataclass(slots=True)
class Samples:
    """Collects turns and checkpoints while ``measuring``; counts all others as warm-up."""

    measuring: bool = False
    warm_up: int = 0
    faults: int = 0  # of the model, in measured turns; each makes a turn another one
    cached: int = 0  # measured turns that were answered from the reply cache
    turns: list[TurnTimes] = field(default_factory=list)
    checkpoints_ms: list[float] = field(default_factory=list)

    def turn(self, times: TurnTimes, *, faults: int, cached: bool) -> None:
        """A turn was taken."""
        if self.measuring:
            self.turns.append(times)
            self.faults += faults
            self.cached += cached
        else:
            self.warm_up += 1

    def checkpoint(self, took_ms: float) -> None:
        """A checkpoint was written."""
        if self.measuring:
            self.checkpoints_ms.append(took_ms)

    def parts(self, **more: list[float]) -> Mapping[str, Spread]:
        """The spread of each part that has figures; ``more`` are parts measured elsewhere."""
        rows: dict[str, list[float]] = {
            "first_piece_ms": [turn.first_piece_ms for turn in self.turns],
            "last_piece_ms": [turn.last_piece_ms for turn in self.turns],
            "commit_ms": [turn.commit_ms for turn in self.turns],
            "turn_ms": [turn.turn_ms for turn in self.turns],
            "checkpoint_ms": self.checkpoints_ms,
            **more,
        }
        found = {name: spread(row) for name, row in rows.items()}
        return {name: part for name, part in found.items() if part is not None}
