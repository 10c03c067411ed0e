"""Dates as the calendar has them: the next fifth, the next Tuesday, the thirty-first to come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
YEARS_AHEAD: Final = 8  # the twenty-ninth of February comes within eight years
# A weekday named with its number is looked for this far: it is said of the coming months.
MONTHS_AHEAD: Final = 12


def coming(weekday: int, today: date) -> date:
    """The next such weekday after today."""
    return today + timedelta((weekday - today.weekday() - 1) % 7 + 1)


def next_date(day: int, month: int, today: date, year: int | None = None) -> date | None:
    """The next such date from today on, or the one of ``year``; None when there is none."""
    years = [year] if year else range(today.year, today.year + YEARS_AHEAD + 1)
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def next_day_of_month(day: int, today: date, weekday: int | None) -> date | None:
    """The next day of that number; with a weekday, the next on which both are true.

    When number and weekday contradict each other for a year, the number counts.
    """
    first: date | None = None
    for ahead in range(MONTHS_AHEAD + 1):
        month = today.month - 1 + ahead
        try:
            found = date(today.year + month // 12, month % 12 + 1, day)
        except ValueError:
            continue
        if found < today:
            continue
        if weekday is None or found.weekday() == weekday:
            return found
        first = first or found
    return first
