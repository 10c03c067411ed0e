"""How much one turn may cost: steps, seconds, characters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one turn. Times are seconds."""

    steps: int = 8  # supersteps; a loop of handoffs ends here instead of running for minutes
    handoffs: int = 2  # silent ones in one turn, each a completion more
    turn_s: float = 20.0  # a caller who hears nothing for longer has hung up
    calendar_s: float = 1.0  # one indexed query; beyond it we go on without offering times
    save_s: float = 2.0  # a checkpoint; the turn's row is the truth, so it may be given up
    characters: int = 1200  # about a minute of speech; nobody listens longer on the telephone
