"""How times, numbers and money are said: plain British speech, understood back by ``when``."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from agents.language.dates import MONTHS, WEEKDAYS

_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS: Final = (
    "",
    "",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
_IRREGULAR: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
# A weekday alone is the next one; from a week on the date is said, from four weeks the month.
WEEKDAY_DAYS: Final = 7
DATE_DAYS: Final = 28
MOST: Final = 1_000_000_000


def spoken_number(value: int) -> str:
    """A whole number in words: "forty-one", "one hundred and fifty".

    Raises:
        ValueError: below zero, or a billion and more.
    """
    if not 0 <= value < MOST:
        raise ValueError(f"{value} is not said in words")
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, unit = divmod(value, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    for scale, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if value >= scale:
            count, rest = divmod(value, scale)
            said = f"{spoken_number(count)} {name}"
            if not rest:
                return said
            return f"{said}{' and ' if rest < 100 else ' '}{spoken_number(rest)}"
    raise AssertionError(value)


def spoken_ordinal(value: int) -> str:
    """A rank or a day of the month in words: "first", "twenty-fourth"."""
    said = spoken_number(value)
    lead, dash, last = said.rpartition("-")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return f"{lead}{dash}{last}"


def spoken_pounds(pence: int) -> str:
    """An amount of money: "one hundred and fifty pounds", "nine pounds fifty", "eighty pence"."""
    pounds, rest = divmod(pence, 100)
    if not pounds:
        return f"{spoken_number(rest)} {'penny' if rest == 1 else 'pence'}"
    said = f"{spoken_number(pounds)} {'pound' if pounds == 1 else 'pounds'}"
    return f"{said} {spoken_number(rest)}" if rest else said


def spoken_clock(at: time) -> str:
    """A clock time: "half past ten", "two in the afternoon", "midday", "ten oh seven".

    From eight to noon the bare hour is enough, as ``when`` reads it; else the part is said.
    """
    if at.minute == 0 and at.hour in (0, 12):
        return "midday" if at.hour else "midnight"
    said = _clock_face(at)
    if at.hour == 0 or at.hour >= 21:
        return f"{said} at night"
    if at.hour < 8:
        return f"{said} in the morning"
    if at.hour < 12:
        return said
    if at.hour == 12:
        return f"{said} in the afternoon" if at.minute != 30 else said
    return f"{said} in the {'afternoon' if at.hour < 17 else 'evening'}"


def _clock_face(at: time) -> str:
    hour = _UNITS[at.hour % 12 or 12]
    following = _UNITS[(at.hour + 1) % 12 or 12]
    if at.minute == 0:
        return hour
    if at.minute == 30:
        return f"half past {hour}"
    if at.minute == 15:
        return f"quarter past {hour}"
    if at.minute == 45:
        return f"quarter to {following}"
    if at.minute < 10:
        return f"{hour} oh {_UNITS[at.minute]}"
    return f"{hour} {spoken_number(at.minute)}"


def spoken_day(day: date, today: date) -> str:
    """A date: "today", "tomorrow", "Tuesday", "Tuesday the twenty-fourth of November".

    Said of the past or more than a year away, the year is included.
    """
    ahead = (day - today).days
    if ahead == 0:
        return "today"
    if ahead == 1:
        return "tomorrow"
    weekday = WEEKDAYS[day.weekday()].capitalize()
    if 1 < ahead < WEEKDAY_DAYS:
        return weekday
    said = f"{weekday} the {spoken_ordinal(day.day)}"
    if WEEKDAY_DAYS <= ahead < DATE_DAYS:
        return said
    said = f"{said} of {MONTHS[day.month - 1].capitalize()}"
    if ahead > 0 and day < today + timedelta(days=365):
        return said
    return f"{said} {day.year}"


def spoken_time(moment: datetime, now: datetime) -> str:
    """A moment as it is offered: "tomorrow at half past ten", "Tuesday at two in the afternoon".

    Both aware and on the same wall clock.
    """
    return f"{spoken_day(moment.date(), now.date())} at {spoken_clock(moment.timetz())}"
