"""Ranges of hours: "after three", "before eleven", "between two and four", "from ten to twelve"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from agents.language.clock_times import ClockTime, clock_time, plain_time

LUNCH = (time(12), time(14))


@dataclass(frozen=True, slots=True)
class HourRange:
    """Bounds of a wish at ``words[start:end]``; both included."""

    earliest: time | None
    latest: time | None
    start: int
    end: int


def hour_range(words: Sequence[str], at: int) -> HourRange | None:
    """The range that begins at ``at``."""
    lead = words[at]
    if lead in ("lunchtime", "lunchtimes"):
        return HourRange(*LUNCH, at, at + 1)
    if lead == "lunch" and list(words[at + 1 : at + 2]) == ["time"]:
        return HourRange(*LUNCH, at, at + 2)
    if lead in ("between", "from"):
        return _two_ended(words, at, "and" if lead == "between" else "to")
    if lead in ("after", "before", "until", "till"):
        bound = clock_time(words, at + 1) if at + 1 < len(words) else None
        if bound is None or _counts_something(words, bound):
            return None
        said = bound.resolved()
        if lead == "after":
            return HourRange(said, None, at, bound.end)
        return HourRange(None, said, at, bound.end)
    return None


def _two_ended(words: Sequence[str], at: int, link: str) -> HourRange | None:
    first = plain_time(words, at + 1)
    if first is None or _counts_something(words, first):
        return None
    following = words[first.end] if first.end < len(words) else ""
    if following in (link, "to", "until", "till"):
        last = plain_time(words, first.end + 1)
        if last is not None and not _counts_something(words, last):
            early = first.resolved(None if first.half else _part_of(last))
            late = last.resolved()
            if early > late:
                early = first.resolved()
            return HourRange(early, late, at, last.end)
    if words[at] == "from":
        end = first.end + (1 if following in ("onwards", "on") else 0)
        return HourRange(first.resolved(), None, at, end)
    return None


def _part_of(bound: ClockTime) -> str | None:
    return {"am": "morning", "pm": "afternoon"}.get(bound.half or "")


def _counts_something(words: Sequence[str], bound: ClockTime) -> bool:
    """ "after three months" is no hour."""
    following = words[bound.end] if bound.end < len(words) else ""
    return not bound.sure and following.rstrip("s") in (
        "month", "year", "week", "day", "hour", "minute", "bedroom", "time", "people",
    )  # fmt: skip
