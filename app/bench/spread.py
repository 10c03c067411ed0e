"""The spread of a row of figures: percentiles by nearest rank: figures that were seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How many figures there were and how they lie."""

    count: int
    p50: float
    p90: float
    p99: float
    top: float


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of ``ordered`` that ``percent`` per cent of them do not exceed.

    Raises:
        ValueError: there is no figure, or no such percentile.
    """
    if not ordered or not 0 < percent <= 100:
        raise ValueError("a percentile needs a figure, and lies above 0 and up to 100")
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def spread(figures: Sequence[float]) -> Spread | None:
    """The spread of ``figures`` in any order; None of none."""
    if not figures:
        return None
    ordered = sorted(figures)
    p50, p90, p99 = (percentile(ordered, percent) for percent in (50, 90, 99))
    return Spread(len(ordered), p50, p90, p99, ordered[-1])
