"""Clock times in words and figures: "half past ten", "ten thirty", "quarter to three", "2 pm"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

from agents.language.numbers import Number, cardinal

_FIGURES = re.compile(r"(\d{1,2}):(\d{2})")
_TOGETHER = re.compile(r"(\d{1,2})(\d{2})")
_NAMED: Final = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_QUARTERS: Final = {"half": 30, "quarter": 15}
# "five to three" is a time, "two to three" is a range: only these minutes need no "minutes".
_ROUND_MINUTES: Final = frozenset({5, 10, 20, 25})
_PARTS: Final = {
    "morning": "am",
    "afternoon": "pm",
    "evening": "pm",
    "night": "night",
    "tonight": "pm",
}
FIRST_NIGHT_HOUR: Final = 5
FIRST_MORNING_HOUR: Final = 8  # a bare "eight" to "eleven" is before noon, "one" to "seven" after


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time as said, at ``words[start:end]``.

    ``sure``: the words can mean nothing but a time of day ("half past ten", "2 pm"); a bare
    hour ("ten") is not. ``half`` is "am", "pm" or "night" when that was said, "24h"
    when the hour is on the 24-hour clock.
    """

    hour: int
    minute: int
    start: int
    end: int
    sure: bool
    half: str | None = None

    def resolved(self, part: str | None = None) -> time:
        """The wall time meant; ``part`` of the day ("afternoon") decides when the words do not."""
        half = self.half or _PARTS.get(part or "")
        hour = self.hour
        if half == "night":  # "twelve at night" and "two at night" come after midnight
            half = "am" if hour == 12 or hour < FIRST_NIGHT_HOUR else "pm"
        if half == "pm" and hour < 12:
            hour += 12
        elif half == "am" and hour == 12:
            hour = 0
        elif half is None and 1 <= hour < FIRST_MORNING_HOUR:
            hour += 12
        return time(hour % 24, self.minute)


def clock_time(words: Sequence[str], at: int) -> ClockTime | None:
    """The time that begins at ``at``, with what belongs to it ("in the morning")."""
    found = _named(words, at) or _relative(words, at) or _figures(words, at) or _spoken(words, at)
    return _with_half(words, found) if found else None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _named(words: Sequence[str], at: int) -> ClockTime | None:
    if _word(words, at) == "twelve" and _word(words, at + 1) in ("noon", "midnight"):
        at += 1
        named = _NAMED[words[at]]
        return ClockTime(named.hour, 0, at - 1, at + 1, sure=True, half=_half_of(named))
    named_here = _NAMED.get(_word(words, at))
    if named_here is None:
        return None
    return ClockTime(named_here.hour, 0, at, at + 1, sure=True, half=_half_of(named_here))


def _half_of(named: time) -> str:
    return "pm" if named.hour else "24h"


def _relative(words: Sequence[str], at: int) -> ClockTime | None:
    """ "half past ten", "half ten", "a quarter to three", "twenty five to four"."""
    start = at
    if _word(words, at) == "a" and _word(words, at + 1) == "quarter":
        at += 1
    minutes, at, named = _minutes(words, at)
    if minutes is None:
        return None
    link = _word(words, at)
    if link in ("past", "after") and not (link == "after" and not named):
        hour, end = _hour(words, at + 1)
        return None if hour is None else ClockTime(hour, minutes, start, end, sure=True)
    if link in ("to", "before", "till", "of") and minutes != 30:
        hour, end = _hour(words, at + 1)
        if hour is None or (link != "to" and not named):
            return None
        return ClockTime((hour - 1) % 12 or 12, 60 - minutes, start, end, sure=True)
    if minutes == 30 and words[at - 1] == "half":
        hour, end = _hour(words, at)
        return None if hour is None else ClockTime(hour, 30, start, end, sure=True)
    return None


def _minutes(words: Sequence[str], at: int) -> tuple[int | None, int, bool]:
    """Minutes before "past" or "to": (minutes, next word, named as minutes or a quarter)."""
    quarter = _QUARTERS.get(_word(words, at))
    if quarter:
        return quarter, at + 1, True
    number = cardinal(words, at)
    if number is None or not 1 <= number.value <= 59:
        return None, at, False
    if _word(words, number.end) in ("minutes", "minute", "mins"):
        return number.value, number.end + 1, True
    return (number.value if number.value in _ROUND_MINUTES else None), number.end, False


def _hour(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """An hour of the twelve-hour clock, after "past" or "to"."""
    if _word(words, at) in ("noon", "midday", "midnight"):
        return 12, at + 1
    number = cardinal(words, at)
    if number is None or not 1 <= number.value <= 12:
        return None, at
    end = number.end + 1 if _word(words, number.end) == "o'clock" else number.end
    return number.value, end


def _figures(words: Sequence[str], at: int) -> ClockTime | None:
    """ "10:30", "at 1030"."""
    figures = _FIGURES.fullmatch(_word(words, at))
    if figures is None and _word(words, at - 1) in ("at", "for", "about", "around"):
        figures = _TOGETHER.fullmatch(_word(words, at))
    if figures is None:
        return None
    hour, minute = int(figures.group(1)), int(figures.group(2))
    if hour > 23 or minute > 59:
        return None
    return ClockTime(hour, minute, at, at + 1, sure=True, half=_half_by_clock(hour, words[at]))


def _half_by_clock(hour: int, figures: str = "") -> str | None:
    return "24h" if hour > 12 or hour == 0 or figures.startswith("0") else None


def _spoken(words: Sequence[str], at: int) -> ClockTime | None:
    """ "ten", "ten o'clock", "ten thirty", "ten oh five", "fourteen hundred"."""
    number = cardinal(words, at)
    if number is None:
        return None
    hour, end = number.value, number.end
    if hour in range(1300, 2400, 100) and "hundred" in words[at:end]:
        return ClockTime(hour // 100, 0, at, end, sure=True, half="24h")
    if not 1 <= hour <= 23:
        return None
    half = _half_by_clock(hour)
    if _word(words, end) == "o'clock":
        return ClockTime(hour, 0, at, end + 1, sure=True, half=half)
    if _word(words, end) in ("oh", "zero", "o"):
        unit = cardinal(words, end + 1)
        if unit is not None and unit.value <= 9:
            return ClockTime(hour, unit.value, at, unit.end, sure=True, half=half)
    minute = cardinal(words, end)
    if minute is not None and _is_pointer(words, at, minute):
        minute = replace(minute, value=minute.value - 1, end=minute.end - 1)
    if minute is not None and 10 <= minute.value <= 59 and not words[at].isdecimal():
        return ClockTime(hour, minute.value, at, minute.end, sure=True, half=half)
    return ClockTime(hour, 0, at, end, sure=False, half=half)


def _is_pointer(words: Sequence[str], at: int, minute: Number) -> bool:
    """ "the ten thirty one" is the one at half past ten."""
    one = minute.end - minute.start == 2 and words[minute.end - 1] == "one"
    return one and _word(words, at - 1) == "the"


def _with_half(words: Sequence[str], found: ClockTime) -> ClockTime:
    """``found`` with the "am", "pm" or "in the afternoon" that follows it."""
    end = found.end
    half = found.half
    word = _word(words, end)
    if word in ("am", "pm"):
        half, end = word, end + 1
    elif word in ("in", "at", "on", "this", "tomorrow"):
        part_at = end + 2 if _word(words, end + 1) == "the" else end + 1
        said = _PARTS.get(_word(words, part_at))
        if said is None:
            return found
        return ClockTime(
            found.hour, found.minute, found.start, end, sure=True, half=found.half or said
        )
    else:
        return found
    if found.half == "24h":
        half = "24h"
    return ClockTime(found.hour, found.minute, found.start, end, sure=True, half=half)


def plain_time(words: Sequence[str], at: int) -> ClockTime | None:
    """The time at ``at`` without "past" and "to": so "ten to twelve" can be a range."""
    found = _named(words, at) or _figures(words, at) or _spoken(words, at)
    return _with_half(words, found) if found else None
