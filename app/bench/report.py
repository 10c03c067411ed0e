"""What a bench found, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from app.bench.machine import Machine
from app.bench.spread import Spread
from core.effects import Json

# What is printed of each part, in order; the key is its name in the JSON.
PARTS: Mapping[str, str] = {
    "first_piece_ms": "first sentence",
    "last_piece_ms": "last sentence",
    "commit_ms": "commit",
    "turn_ms": "whole turn",
    "checkpoint_ms": "checkpoint, after the turn",
    "model_first_ms": "bare model, first sentence",
    "model_ms": "bare model, whole answer",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the bench. Milliseconds in ``parts``."""

    calls: int
    measured_turns: int
    warm_up_turns: int
    messages: str  # how long the histories were
    seconds: float  # of the measured stretch
    cpu_s: float  # of this process in it
    dropped_lines: int  # of the live feed
    cached: int  # turns that were answered from the reply cache
    faults: int  # of the model; a turn with one is not what is meant to be measured
    machine: Machine
    load_before: tuple[float, float, float]
    load_after: tuple[float, float, float]
    services: str
    parts: Mapping[str, Spread] = field(default_factory=dict)

    @property
    def turns_per_s(self) -> float:
        """Turns in a second."""
        return self.measured_turns / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms_per_turn(self) -> float:
        """Processor time of this process for one turn with all that belongs to it."""
        return 1000 * self.cpu_s / self.measured_turns if self.measured_turns else 0.0

    def to_json(self) -> dict[str, Json]:
        """Plain values."""
        plain: dict[str, Json] = {**asdict(self)}
        plain["load_before"] = list(self.load_before)
        plain["load_after"] = list(self.load_after)
        plain["turns_per_s"] = round(self.turns_per_s, 2)
        plain["cpu_ms_per_turn"] = round(self.cpu_ms_per_turn, 3)
        return plain

    def lines(self) -> list[str]:
        """A table for a terminal."""
        shown = [(label, self.parts.get(key)) for key, label in PARTS.items()]
        width = max(len(label) for label in PARTS.values())
        head = "".join(f"{name:>9}" for name in ("p50", "p90", "p99", "max"))
        return [
            f"{self.calls} {'call' if self.calls == 1 else 'calls at once'}, "
            f"{self.measured_turns} turns measured after {self.warm_up_turns} of warm-up, "
            f"{self.messages}",
            "",
            f"{'ms':<{width}}{head}{'n':>9}",
            *(_line(label, width, part) for label, part in shown if part is not None),
            "",
            f"{self.turns_per_s:.1f} turns/s, {self.cpu_ms_per_turn:.2f} ms of processor a turn "
            f"({100 * self.cpu_s / self.seconds if self.seconds else 0:.0f} % of one core)",
            f"{self.cached} turns answered from the cache, {self.faults} faults of the model, "
            f"{self.dropped_lines} lines of the feed dropped",
            f"{self.machine.processor}, {self.machine.cores} cores, Python {self.machine.python}, "
            f"LangGraph {self.machine.langgraph}; {self.services}",
            f"load before {_load(self.load_before)}, after {_load(self.load_after)}",
        ]


def _line(label: str, width: int, part: Spread) -> str:
    figures = (part.p50, part.p90, part.p99, part.top)
    return f"{label:<{width}}{''.join(f'{figure:9.2f}' for figure in figures)}{part.count:9d}"


def _load(load: tuple[float, float, float]) -> str:
    return " ".join(f"{each:.2f}" for each in load)
