"""What one check found: a state, what was really tried, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from core.errors import BrokenInvariantError


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"  # calls go on, worse than they could
    FAIL = "fail"  # something that was asked for does not work
    SKIP = "skip"  # not tried, or not needed; and why


NEEDS_REMEDY: Final = frozenset({State.WARN, State.FAIL})


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    ``what`` says what was tried and seen; ``remedy`` is one sentence with the command or the
    setting. A warning or a failure without a remedy cannot be built.
    """

    name: str
    state: State
    what: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise BrokenInvariantError(f"The finding {self.name!r} says nothing.")
        if self.state in NEEDS_REMEDY and not self.remedy.strip():
            raise BrokenInvariantError(f"The finding {self.name!r} does not say what to do.")


Findings: TypeAlias = Sequence[Finding]


def ok(name: str, what: str) -> Finding:
    """It works."""
    return Finding(name, State.OK, what)


def warn(name: str, what: str, remedy: str) -> Finding:
    """It works, but not as it could."""
    return Finding(name, State.WARN, what, remedy)


def fail(name: str, what: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(name, State.FAIL, what, remedy)


def skip(name: str, why: str, remedy: str = "") -> Finding:
    """It was not tried, or is not needed; ``remedy``: what to do to have it."""
    return Finding(name, State.SKIP, why, remedy)
