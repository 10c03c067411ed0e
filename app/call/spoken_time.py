"""The times a person hears in a sentence: "Tuesday the 24th at half past two" as a value.

The caller of a scenario must notice by itself when an agent reads back a wrong time, so this
reading shares nothing with the gateway's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The index is the hour on a clock face.
HOURS: Final = (
    *("twelve", "one", "two", "three", "four", "five"),
    *("six", "seven", "eight", "nine", "ten", "eleven"),
)
MINUTES: Final = {
    "five": 5,
    "ten": 10,
    "quarter": 15,
    "twenty": 20,
    "twenty five": 25,
    "half": 30,
}
# Longer names first: the first alternative of a pattern that fits is taken.
AFTER_THE_HOUR: Final = {
    "oh five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty five": 25,
    "twenty": 20,
    "thirty five": 35,
    "thirty": 30,
    "forty five": 45,
    "forty": 40,
    "fifty five": 55,
    "fifty": 50,
}
DAY_STARTS_AT = 8  # an office hour below eight is meant in the afternoon
NOON = 12

_HOUR = "|".join(sorted(HOURS, key=len, reverse=True))
_PART = r"(?: (am|pm|a m|p m|in the morning|in the afternoon|in the evening))?"
_PATTERNS: Final = (
    ("day", re.compile(rf"\b({'|'.join(WEEKDAYS)}|today|tomorrow)\b")),
    ("digits", re.compile(rf"\b(\d{{1,2}})[:.](\d{{2}})\b{_PART}")),
    ("to", re.compile(rf"(?<!from )\b(five|ten|quarter|twenty|twenty five) to ({_HOUR})\b{_PART}")),
    (
        "past",
        re.compile(rf"\b(half|five|ten|quarter|twenty|twenty five) past ({_HOUR})\b{_PART}"),
    ),
    (
        "minutes",
        re.compile(rf"\b({_HOUR}) ({'|'.join(AFTER_THE_HOUR)})\b(?! (?:past|to)\b){_PART}"),
    ),
    ("oclock", re.compile(rf"\b({_HOUR}|\d{{1,2}}) o ?clock\b{_PART}")),
    ("part", re.compile(rf"\b({_HOUR}|\d{{1,2}}) ?(am|pm|a m|p m|in the \w+)\b")),
    ("at", re.compile(rf"\bat ({_HOUR})\b{_PART}")),
    ("noon", re.compile(r"\b(noon|midday)\b")),
)


@dataclass(frozen=True, slots=True)
class SpokenTime:
    """A weekday (0 is Monday, None if unsaid) and minutes since midnight, wall clock."""

    weekday: int | None
    minute: int

    def same_as(self, other: SpokenTime) -> bool:
        """Whether both can mean one moment: an unsaid weekday agrees with any."""
        days = {self.weekday, other.weekday} - {None}
        return self.minute == other.minute and len(days) < 2

    def is_at(self, moment: datetime) -> bool:
        """Whether ``moment`` (local wall time) is what was said."""
        return self.same_as(SpokenTime(moment.weekday(), moment.hour * 60 + moment.minute))

    def words(self) -> str:
        """As a caller says it: "tuesday at half past two"."""
        day = "" if self.weekday is None else f"{WEEKDAYS[self.weekday]} at "
        return day + _clock_words(self.minute)


def _clock_words(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    this, following = HOURS[hour % NOON], HOURS[(hour + 1) % NOON]
    match rest:
        case 0:
            return f"{this} o'clock"
        case 15:
            return f"quarter past {this}"
        case 30:
            return f"half past {this}"
        case 45:
            return f"quarter to {following}"
        case _:
            names = {value: name for name, value in AFTER_THE_HOUR.items()}
            return f"{this} {names.get(rest, str(rest))}"


def plain_words(text: str) -> str:
    """Lower case words with single spaces; ``:`` and ``.`` stay inside numbers only."""
    text = text.lower().replace("’", "'")
    text = re.sub(r"\b([ap])\.m\.?", r"\1m", text).replace("o'clock", "o clock")
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    text = re.sub(r"(?<!\d)[:.]|[:.](?!\d)|[^\w\s':.]", " ", text)
    return " ".join(text.split())


def times_in(text: str, today: date) -> tuple[SpokenTime, ...]:
    """The times that ``text`` names, in order, each once; a time keeps the last named day.

    ``today`` is the local date that "today" and "tomorrow" count from.
    """
    words = plain_words(text)
    day: int | None = None
    last_end = 0
    found: list[SpokenTime] = []
    for kind, match in _hits(words):
        if kind == "day":
            day = _weekday(match[1], today)
            if found and words[last_end : match.start()].strip() == "on":  # "two o'clock on friday"
                found[-1] = SpokenTime(day, found[-1].minute)
            continue
        minute, last_end = _minute(kind, match), match.end()
        if minute is not None:
            found.append(SpokenTime(day, minute))
    return tuple(dict.fromkeys(found))


def _hits(words: str) -> list[tuple[str, re.Match[str]]]:
    """Matches left to right; where two overlap, the one whose pattern is listed first."""
    taken: list[tuple[int, int]] = []
    hits: list[tuple[str, re.Match[str]]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(words):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                hits.append((kind, match))
    return sorted(hits, key=lambda hit: hit[1].start())


def _weekday(word: str, today: date) -> int:
    if word in WEEKDAYS:
        return WEEKDAYS.index(word)
    return (today + timedelta(days=1 if word == "tomorrow" else 0)).weekday()


def _minute(kind: str, match: re.Match[str]) -> int | None:
    """Minutes since midnight of one match, or None for a number that is no time."""
    match kind:
        case "noon":
            return NOON * 60
        case "digits":
            hour, rest, part = int(match[1]), int(match[2]), match[3]
        case "to":
            hour, rest, part = _hour(match[2]), -MINUTES[match[1]], match[3]
        case "past":
            hour, rest, part = _hour(match[2]), MINUTES[match[1]], match[3]
        case "minutes":
            hour, rest, part = _hour(match[1]), AFTER_THE_HOUR[match[2]], match[3]
        case _:
            hour, rest, part = _hour(match[1]), 0, match[2]
    if hour > 23 or rest > 59:
        return None
    return _on_the_day(hour, part or "") * 60 + rest


def _hour(word: str) -> int:
    return int(word) if word.isdigit() else HOURS.index(word) or NOON


def _on_the_day(hour: int, part: str) -> int:
    """The hour of a 24 hour day; without a part of the day, an office hour is meant."""
    if part in ("am", "a m", "in the morning"):
        return hour % NOON
    if part:
        return hour % NOON + NOON if hour <= NOON else hour
    return hour + NOON if hour < DAY_STARTS_AT else hour
