"""Days in words and figures: "tomorrow", "next tuesday", "the fifth of december", "next week"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from agents.language.dates import MONTHS, WEEKDAYS, coming, next_date, next_day_of_month
from agents.language.numbers import cardinal, ordinal
from agents.language.words import word_set

_WEEKDAY: Final = {
    **{name: at for at, name in enumerate(WEEKDAYS)},
    **{f"{name}s": at for at, name in enumerate(WEEKDAYS)},
    "mon": 0, "tue": 1, "tues": 1, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
}  # fmt: skip
_MONTH: Final = {
    **{name: at for at, name in enumerate(MONTHS, start=1)},
    "jan": 1, "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{2}|\d{4}))?")
# "the second bedroom" is no date; "the second at ten" is.
_AFTER_A_DATE: Final = word_set(
    "at in is would will works work suits please or if then for around about morning afternoon "
    "evening and but sounds might could may should from after before between no sorry half "
    "quarter ten nine eleven twelve ? i"
) | {""}
# "the third may be fine" speaks of no month of May.
_AFTER_MAY: Final = word_set("be work suit not do i we have")
CENTURY: Final = 2000  # "twenty twenty six"
LEAST_YEAR: Final = 20
_COUNT: Final = {"a": 1, "an": 1, "couple": 2, "few": 3}


@dataclass(frozen=True, slots=True)
class DaySaid:
    """One day or a range of days as said, at ``words[start:end]``; both ends included."""

    first: date
    last: date
    start: int
    end: int

    @property
    def day(self) -> date | None:
        """The day, unless several were meant."""
        return self.first if self.first == self.last else None


_Reader: TypeAlias = Callable[[Sequence[str], int, date], DaySaid | None]


def day_said(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """The day or days that begin at ``at``; dates without a year are the next to come."""
    for reader in _READERS:
        found = reader(words, at, today)
        if found is not None:
            return found
    return None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _one(day: date | None, start: int, end: int) -> DaySaid | None:
    return DaySaid(day, day, start, end) if day else None


def _plain(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """ "today", "tonight", "tomorrow", "this afternoon", "the day after tomorrow"."""
    word, following = _word(words, at), _word(words, at + 1)
    if tuple(words[at : at + 3]) == ("day", "after", "tomorrow"):
        return _one(today + timedelta(2), at, at + 3)
    if word in ("today", "tonight"):
        return _one(today, at, at + 1)
    if word == "this" and following in ("morning", "afternoon", "evening"):
        return _one(today, at, at + 1)
    if word == "tomorrow":
        weeks = 7 if following == "week" else 0
        return _one(today + timedelta(1 + weeks), at, at + (2 if weeks else 1))
    return None


def _counted(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """ "in two weeks", "a fortnight", "a week on tuesday", "two weeks today"."""
    preceded = _word(words, at) == "in"
    start, at = at, at + 1 if preceded else at
    found = _days_counted(words, at)
    if found is None:
        return None
    days, end = found
    follower = _word(words, end)
    if follower in ("on", "from") or follower in _WEEKDAY or follower in ("today", "tomorrow"):
        anchor_at = end + 1 if follower in ("on", "from") else end
        anchor = _anchor(_word(words, anchor_at), today)
        if anchor is not None:
            return _one(anchor + timedelta(days), start, anchor_at + 1)
        if tuple(words[end : end + 2]) == ("from", "now"):
            return _one(today + timedelta(days), start, end + 2)
    if preceded:
        # "in two weeks' time" ends with a word that adds nothing
        end = end + 1 if follower == "time" else end
        return _one(today + timedelta(days), start, end)
    return None


def _days_counted(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """(days, next word) of "two weeks", "a couple of days", "a fortnight"."""
    number = cardinal(words, at)
    if number is not None:
        count, at = number.value, number.end
    else:
        if _word(words, at) == "a" and _word(words, at + 1) in ("couple", "few"):
            at += 1
        if _word(words, at) not in _COUNT:
            return None
        count, at = _COUNT[words[at]], at + 1
        at = at + 1 if _word(words, at) == "of" else at
    unit = _word(words, at).removesuffix("'").removesuffix("s")
    size = {"day": 1, "week": 7, "fortnight": 14}.get(unit)
    if size is None or count > 60:
        return None
    return count * size, at + 1


def _anchor(word: str, today: date) -> date | None:
    if word == "today":
        return today
    if word == "tomorrow":
        return today + timedelta(1)
    if word in _WEEKDAY:
        return coming(_WEEKDAY[word], today)
    return None


def _of_next_week(weekday: int, today: date) -> date:
    return today + timedelta(7 - today.weekday() + weekday)


def _weekday(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """ "tuesday", "next tuesday", "tuesday week", "tuesday the fifth", "tuesday next week"."""
    start = at
    modifier = _word(words, at)
    if modifier in ("next", "this", "following", "coming"):
        at += 1
    else:
        modifier = ""
    weekday = _WEEKDAY.get(_word(words, at))
    if weekday is None:
        return None
    end = at + 1
    if tuple(words[end : end + 2]) == ("after", "next"):
        return _one(coming(weekday, today) + timedelta(7), start, end + 2)
    dated = _dated(words, end, today, weekday)
    if dated is not None:
        return DaySaid(dated.first, dated.last, start, dated.end)
    if _word(words, end) == "week":
        return _one(coming(weekday, today) + timedelta(7), start, end + 1)
    for tail in (("next", "week"), ("of", "next", "week")):
        if tuple(words[end : end + len(tail)]) == tail:
            return _one(_of_next_week(weekday, today), start, end + len(tail))
    if modifier == "next":
        return _one(_of_next_week(weekday, today), start, end)
    return _one(coming(weekday, today), start, end)


def _dated(words: Sequence[str], at: int, today: date, weekday: int | None) -> DaySaid | None:
    """ "the fifth of december", "december the fifth", "5 december", "the twenty fourth"."""
    start = at
    if _word(words, at) == "on":
        at += 1
    if _word(words, at) in _MONTH:
        return _month_first(words, start, at, today)
    article = _word(words, at) == "the"
    at = at + 1 if article else at
    if at and ordinal(words, at - 1) is not None and ordinal(words, at) is not None:
        return None  # the end of "thirty first", which was no date
    number = ordinal(words, at) or cardinal(words, at)
    if number is None or not 1 <= number.value <= 31:
        return None
    end = number.end
    month_at = end + 1 if _word(words, end) == "of" else end
    if _word(words, month_at) in _MONTH and not _is_verb(words, month_at):
        end, year = _year(words, month_at + 1)
        day = next_date(number.value, _MONTH[words[month_at]], today, year)
        return _one(day, start, end)
    if ordinal(words, at) is None or not (article or weekday is not None):
        return None
    if weekday is None and _word(words, end) not in _AFTER_A_DATE:
        return None
    return _one(next_day_of_month(number.value, today, weekday), start, end)


def _is_verb(words: Sequence[str], at: int) -> bool:
    return words[at] == "may" and _word(words, at + 1) in _AFTER_MAY


def _month_first(words: Sequence[str], start: int, at: int, today: date) -> DaySaid | None:
    month = _MONTH[words[at]]
    number_at = at + 2 if _word(words, at + 1) == "the" else at + 1
    number = ordinal(words, number_at)
    if number is None and _word(words, number_at).isdecimal():
        number = cardinal(words, number_at)
    if number is None or not 1 <= number.value <= 31:
        return None
    end, year = _year(words, number.end)
    return _one(next_date(number.value, month, today, year), start, end)


def _year(words: Sequence[str], at: int) -> tuple[int, int | None]:
    """The year that stands at ``at`` ("2026", "twenty twenty six"), and the next word."""
    word = _word(words, at)
    if len(word) == 4 and word.isdecimal() and word.startswith("20"):
        return at + 1, int(word)
    if word == "twenty":
        rest = cardinal(words, at + 1)
        if rest is not None and LEAST_YEAR <= rest.value < LEAST_YEAR + 20:
            return rest.end, CENTURY + rest.value
    return at, None


def _undated_date(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    return _dated(words, at, today, None)


def _figures(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """ "5/12", "05/12/2026" (day first), "2026-12-05"."""
    word = _word(words, at)
    iso = _ISO.fullmatch(word)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
        return _one(next_date(day, month, today, year), at, at + 1)
    slashed = _SLASHED.fullmatch(word)
    if slashed is None or not 1 <= int(slashed.group(2)) <= 12:
        return None
    said = slashed.group(3)
    full = None if said is None else int(said) + (2000 if len(said) == 2 else 0)
    found = next_date(int(slashed.group(1)), int(slashed.group(2)), today, full)
    return _one(found, at, at + 1)


def _range(words: Sequence[str], at: int, today: date) -> DaySaid | None:
    """ "this week", "next week", "the week after next", "the weekend", "next month"."""
    monday = today - timedelta(today.weekday())
    pair = tuple(words[at : at + 2])
    if pair == ("next", "week"):
        return _next_week(words, at, monday)
    if pair == ("this", "week"):
        return DaySaid(today, monday + timedelta(6), at, at + 2)
    if tuple(words[at : at + 3]) == ("week", "after", "next"):
        return DaySaid(monday + timedelta(14), monday + timedelta(20), at, at + 3)
    if pair == ("next", "weekend"):
        return DaySaid(monday + timedelta(12), monday + timedelta(13), at, at + 2)
    if _word(words, at) in ("weekend", "weekends"):
        saturday = monday + timedelta(5)
        return DaySaid(max(saturday, today), saturday + timedelta(1), at, at + 1)
    if pair == ("next", "month"):
        first = (today.replace(day=1) + timedelta(32)).replace(day=1)
        last = (first + timedelta(32)).replace(day=1) - timedelta(1)
        return DaySaid(first, last, at, at + 2)
    return None


def _next_week(words: Sequence[str], at: int, monday: date) -> DaySaid:
    """The whole of next week, or the day named right behind ("next week on tuesday")."""
    day_at = at + 3 if _word(words, at + 2) == "on" else at + 2
    weekday = _WEEKDAY.get(_word(words, day_at))
    if weekday is not None:
        day = monday + timedelta(7 + weekday)
        return DaySaid(day, day, at, day_at + 1)
    return DaySaid(monday + timedelta(7), monday + timedelta(13), at, at + 2)


_READERS: Final[tuple[_Reader, ...]] = (
    _plain, _counted, _weekday, _figures, _undated_date, _range,
)  # fmt: skip
