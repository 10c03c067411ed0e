"""Spans from now: "in half an hour", "in ten minutes", "an hour from now"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agents.language.numbers import cardinal
from agents.language.words import word_set

# "give me two minutes" asks to wait on the line; from five minutes on it is a wish for a call.
SHORTEST_AWAY_MINUTES = 5
FEW = 3  # "in a few hours" means three or more
LONGEST_MINUTES = 24 * 60
LONGEST_SPAN_WORDS = 5  # "an hour and a half"
_OF_A_CLOCK = word_set("past to before after half-past")
_AROUND = word_set("yes yeah ok about around maybe say in please or so perhaps within give me well")


def from_now(words: Sequence[str], now: datetime, *, bare: bool = False) -> datetime | None:
    """The moment meant, in ``now``'s zone; the span is real time, also when clocks change.

    ``bare``: a time was asked for, so "half an hour" alone is one.
    """
    if bare:
        alone = [word for word in words if word not in _AROUND]
        minutes = _span(alone, 0)
        if (
            minutes is not None
            and not _OF_A_CLOCK & set(alone)
            and len(alone) <= LONGEST_SPAN_WORDS
        ):
            return _after(now, minutes)
    for at, word in enumerate(words):
        minutes = None
        if word in ("in", "within"):
            minutes = _from_in(words, at)
        elif tuple(words[at : at + 2]) in (("from", "now"), ("is", "time")):
            minutes = _before(words, at)
        elif tuple(words[at : at + 2]) == ("give", "me"):
            minutes = _span(words, at + 2)
            minutes = None if minutes is not None and minutes < SHORTEST_AWAY_MINUTES else minutes
        if minutes is not None and minutes <= LONGEST_MINUTES:
            return _after(now, minutes)
    return None


def _after(now: datetime, minutes: int) -> datetime:
    return (now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(now.tzinfo)


def _from_in(words: Sequence[str], at: int) -> int | None:
    at += 1
    while at < len(words) and words[at] in ("about", "around", "maybe", "say", "like", "another"):
        at += 1
    return _span(words, at)


def _before(words: Sequence[str], end: int) -> int | None:
    """The span that ends at ``end``; spans are at most six words long."""
    for start in range(max(0, end - 6), end):
        minutes = _span(words[:end], start)
        if minutes is not None:
            return minutes
    return None


def _span(words: Sequence[str], at: int) -> int | None:
    """The minutes of "half an hour", "an hour and a half", "two hours", "quarter of an hour"."""
    rest = list(words[at:])
    if rest[:1] == ["a"] and rest[1:2] in (["quarter"], ["half"]):
        rest = rest[1:]
    if rest[:3] == ["half", "an", "hour"] or rest[:2] == ["half", "hour"]:
        return 30
    if rest[:4] == ["quarter", "of", "an", "hour"]:
        return 15
    if rest[:4] == ["three", "quarters", "of", "an"]:
        return 45
    return _counted(rest)


def _counted(rest: list[str]) -> int | None:
    number = cardinal(rest, 0)
    if number is not None:
        count, end = number.value, number.end
    elif rest[:2] == ["a", "few"]:
        count, end = FEW, 2
    elif rest[:1] in (["a"], ["an"], ["couple"]):
        count, end = (2, 2) if "couple" in rest[:2] else (1, 1)
        end = end if rest[:1] != ["couple"] else 1
        end = end + 1 if rest[end : end + 1] == ["of"] else end
    else:
        return None
    extra = 30 if rest[end : end + 3] == ["and", "a", "half"] else 0
    end = end + 3 if extra else end
    unit = rest[end] if end < len(rest) else ""
    if unit in ("minute", "minutes", "min", "mins"):
        return count
    if unit in ("hour", "hours", "hr", "hrs"):
        half = rest[end + 1 : end + 4] == ["and", "a", "half"]
        return count * 60 + (30 if half else extra)
    return None
