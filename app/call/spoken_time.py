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
WEEK = 7
FURTHEST_DAYS = 60  # a named date lies within what can be booked

_UNITS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
ORDINALS: Final = (
    *_UNITS,
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
    *(f"twenty {unit}" for unit in _UNITS),
    *("thirtieth", "thirty first"),
)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_HOUR = "|".join(sorted(HOURS, key=len, reverse=True))
_PART = r"(?: (am|pm|a m|p m|in the morning|in the afternoon|in the evening))?"
_PATTERNS: Final = (
    (
        "day",
        re.compile(
            rf"\b({'|'.join(WEEKDAYS)}|today|tomorrow)\b"
            rf"(?: (?:the )?({'|'.join(reversed(ORDINALS))}"  # the longest first
            rf"|\d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}(?= {_MONTH}))\b)?"
        ),
    ),
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
    """A date (None if no day was said) and minutes since midnight, wall clock."""

    day: date | None
    minute: int

    def same_as(self, other: SpokenTime) -> bool:
        """Whether both can mean one moment: an unsaid day agrees with any."""
        days = {self.day, other.day} - {None}
        return self.minute == other.minute and len(days) < 2

    def is_at(self, moment: datetime) -> bool:
        """Whether ``moment`` (local wall time) is what was said."""
        return self.same_as(SpokenTime(moment.date(), moment.hour * 60 + moment.minute))

    def is_near(self, today: date) -> bool:
        """Whether the name of a day is enough to say which one is meant."""
        return self.day is None or today <= self.day <= today + timedelta(days=WEEK)

    def words(self, today: date) -> str:
        """As a caller says it: "Tuesday at half past two"."""
        if self.day is None:
            return _clock_words(self.minute)
        near = {0: "today", 1: "tomorrow"}
        name = near.get((self.day - today).days, WEEKDAYS[self.day.weekday()].capitalize())
        return f"{name} at {_clock_words(self.minute)}"


def coming(weekday: int, today: date) -> date:
    """The next such day after ``today`` (0 is Monday): in one to seven days."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % WEEK + 1)


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

    ``today``: the local date from which days are counted. A bare weekday is the coming one; with
    a day of the month it is the first such date.
    """
    words = plain_words(text)
    day: date | None = None
    last_end = 0
    found: list[SpokenTime] = []
    for kind, match in _hits(words):
        if kind == "day":
            day = _date(match, today)
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


def _date(match: re.Match[str], today: date) -> date:
    """The date that is meant by the name of a day and perhaps a day of the month."""
    name, number = match[1], match[2]
    if name not in WEEKDAYS:
        return today + timedelta(days=1 if name == "tomorrow" else 0)
    weekday = WEEKDAYS.index(name)
    for days in range(FURTHEST_DAYS if number else 0):
        there = today + timedelta(days=days)
        if there.weekday() == weekday and there.day == _day_of_month(number):
            return there
    return coming(weekday, today)


def _day_of_month(said: str) -> int:
    digits = re.match(r"\d+", said)
    return int(digits[0]) if digits else ORDINALS.index(said) + 1


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
