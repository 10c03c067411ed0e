"""Dates and years: "21/11/2026", "Tue 24 Nov", "2026-11-21", "in 1998", "the 1990s"."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.clock import clock
from voice.spoken.numbers import in_words, ordinal, several, value, year
from voice.spoken.sheet import CLAIMED, Part, Rules, Said

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_NO_DATES: Final = frozenset(("24/7", "10/10"))  # always, and full marks
_CENTURY_TURN: Final = 70  # "/69" is 2069, "/70" is 1970

# Capitals only: "5 may apply" and "the sun" are no dates.
_DOT = r"(?:\.(?=,|\s+[a-z0-9]))?"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    rf"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b{_DOT}(?!\w))"
)
_ANY_DAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tues?|Weds?|Thurs?|Thu|Fri|Sat|Sun)"
_TH = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:1[6-9]\d\d|20\d\d)(?![\d%]|[.,]\d)"
_FREE = r"(?<![\w.,:/£$€-])"

_ISO = re.compile(
    rf"{_FREE}(\d{{4}})-([01]\d)-([0-3]\d)(?:[T ]([0-2]\d):([0-5]\d)"
    r"(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
)
_YEAR_FIRST = re.compile(rf"{_FREE}((?:19|20)\d\d)/([01]?\d)/([0-3]?\d)(?![\w/]|[.,-]\d)")
_MONTH_OF = re.compile(rf"{_FREE}(0[1-9]|1[0-2])/((?:19|20)\d\d)(?![\w/]|[.,-]\d)")
_FIGURES = re.compile(rf"{_FREE}(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}|\d\d)(?![\w/]|[.,-]\d)")
_DAY_MONTH = re.compile(rf"{_FREE}(\d{{1,2}})/(\d{{1,2}})(?![\w/%]|[.,-]\d|-[a-z])")
_DAY_FIRST = re.compile(
    rf"(?P<the>\b[Tt]he )?{_FREE}(?P<day>\d{{1,2}}){_TH}"
    rf"(?P<until> ?(?P<link>[-–—/&]|\bto\b|\band\b) ?(?P<last>\d{{1,2}}){_TH})?"
    rf"(?P<of>(?: of)? )(?P<month>{_MONTH})(?!\w)(?P<year>(?:,? )(?P<in>{_YEAR}))?"
)
_HYPHENED = re.compile(
    rf"{_FREE}(?P<day>\d{{1,2}})(?P<link>[-/])(?P<month>{_MONTH})(?P=link)(?P<in>\d{{4}}|\d\d)(?![\w-])"
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<month>{_MONTH}) (?:the )?(?P<day>\d{{1,2}}){_TH}(?![\w:%]|[.,/-]\d)"
    rf"(?P<year>,? (?P<in>{_YEAR}))?"
)
_MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH}),? (?P<in>{_YEAR})")
# "1 March - 5 March", "Mon 2 – Fri 6 March": a dash between two days is "to".
_OF_WEEK = rf"(?:(?:{_ANY_DAY}|{CLAIMED}{{3,9}}),? )"
_A_DATE = rf"(?:{_FREE}\d{{1,2}}{_TH}(?: of)? {_MONTH}|\b{_MONTH} \d{{1,2}}{_TH})(?!\w)"
_ON_THE = re.compile(rf"{_OF_WEEK}(?P<day>\d{{1,2}})(?:st|nd|rd|th)(?!\w|-)")
_TO_DATE = rf"(?P<to> ?[-–—] ?)(?={_OF_WEEK}?(?:the )?{_A_DATE})"
_DATES = re.compile(rf"{_A_DATE}(?:,? {_YEAR})?{_TO_DATE}")
_DAYS_OF_MONTH = re.compile(rf"{_OF_WEEK}(?P<day>\d{{1,2}}){_TH}{_TO_DATE}")
_WEEK = re.compile(r"\b(?:w/[ce]|week (?:commencing|ending)) $")
_DAYS = re.compile(rf"\b({_ANY_DAY})(\.? ?[-–—] ?)({_ANY_DAY})\b")
_SHORT_DAY = re.compile(rf"\b(?:Mon|Tues?|Weds?|Thurs?|Thu|Fri)\b{_DOT}(?!\w)")
_WEEKEND = re.compile(
    r"(?:(?<=day )|(?<=day and )|(?<=day & )|(?<=Fri and )|(?<=Sat and )|(?<=Sat & )|(?<=Fri & )"
    r"|(?<=day or )|(?<=Fri or )|(?<=Sat or )|(?<=\bon )|(?<=\bthis )|(?<=\bnext )|(?<=\bevery )"
    r"|(?<=\d[ap]m )(?!\w{3}(?:-| [A-Z])))"
    rf"(?:Sat|Sun)\b{_DOT}"
    rf"|(?<=/)(?:Sat|Sun)\b|\b(?:Sat|Sun)\b{_DOT}"
    rf"(?=: |/[A-Z][a-z]|,? (?:the )?\d| (?:and|&|or) (?:Sun|Mon)|,? {_MONTH})"
)
_YEARS = re.compile(rf"{_FREE}((?:19|20)\d\d) ?[-–—/] ?((?:19|20)\d\d|\d\d)(?![\w%]|[.,/-]\d)")
_DECADE = re.compile(r"(?<![\w.,])(1[6-9]\d0|20\d0)'?s\b")
_SHORT_YEAR = re.compile(r"(?<![\w'])'0(\d)(?!\w)")
_ALONE = re.compile(rf"(?<![\w.,:£$€])(?<![A-Z\d][-/])({_YEAR})(?![\w:]|[-/][A-Z\d])")


def _day(figure: int) -> str:
    return f"the {ordinal(figure)}"


def _full_year(written: str) -> int:
    if len(written) > 2:
        return int(written)
    return int(written) + (2000 if int(written) < _CENTURY_TURN else 1900)


def _whole(day: int, month: int, of_year: int) -> str | None:
    """A whole date; the American order where only that one makes sense."""
    if month > 12 >= day:
        day, month = month, day
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{_day(day)} of {MONTHS[month - 1]} {year(of_year)}"


def _iso(found: re.Match[str]) -> Said:
    said = _whole(int(found[3]), int(found[2]), int(found[1]))
    if said is None or found[4] is None:
        return said
    at = clock(int(found[4]), int(found[5]))
    return None if at is None else f"{said} at {at}"


def _year_first(found: re.Match[str]) -> Said:
    return _whole(int(found[3]), int(found[2]), int(found[1]))


def _month_of(found: re.Match[str]) -> Said:
    return f"{MONTHS[int(found[1]) - 1]} {year(int(found[2]))}"


def _hyphened(found: re.Match[str]) -> Said:
    return _whole(
        int(found["day"]), MONTHS.index(_month(found["month"])) + 1, _full_year(found["in"])
    )


def _figures(found: re.Match[str]) -> Said:
    if found[2] != "/" and len(found[4]) == 2 and len(found[1] + found[3]) < 4:
        return None  # "1.2.26" is a version
    return _whole(int(found[1]), int(found[3]), _full_year(found[4]))


def _day_month(found: re.Match[str]) -> Said:
    day, month = int(found[1]), int(found[2])
    if found[0] in _NO_DATES:
        return None
    padded = (
        found[1][0] == "0"
        or found[2][0] == "0"
        or _WEEK.search(found.string[max(0, found.start() - 20) : found.start()])
    )
    if not (1 <= day <= 31 and 1 <= month <= 12) or (day < 10 >= month and not padded):
        return None  # "3/4" and "7/10" are parts of something
    return f"{_day(day)} of {MONTHS[month - 1]}"


def _month(written: str) -> str:
    return next(month for month in MONTHS if written[:3] == month[:3])


def _weekday(written: str) -> str:
    return next(day for day in _WEEKDAYS if written[:3] == day[:3])


def _dated(found: re.Match[str], parts: list[Part]) -> Said:
    """``parts`` and, if it was written, the year."""
    if found["in"]:
        parts.append((*found.span("in"), year(int(found["in"]))))
    return parts


def _day_first(found: re.Match[str]) -> Said:
    day, last = int(found["day"]), int(found["last"] or 0)
    if not 1 <= day <= 31 or last > 31:
        return None
    said = ordinal(day) if found["the"] else _day(day)
    start = found.start("the") if found["the"] else found.start("day")
    said = f"the {ordinal(day)}" if found["the"] else said
    if found["until"]:
        link = "and" if found["link"] in ("&", "and") else "or" if found["link"] == "/" else "to"
        if not last:
            return None
        said = f"{said} {link} {_day(last)}"
    parts: list[Part] = [(start, found.start("month"), f"{said} of")]
    parts.append((*found.span("month"), _month(found["month"])))
    return _dated(found, parts)


def _until_date(found: re.Match[str]) -> Said:
    return ((*found.span("to"), "to"),)


def _until_day(found: re.Match[str]) -> Said:
    day = int(found["day"])
    if not 1 <= day <= 31:
        return None
    return ((found.start("day"), found.start("to"), _day(day)), (*found.span("to"), "to"))


def _on_the(found: re.Match[str]) -> Said:
    """ "Tuesday 24th"."""
    day = int(found["day"])
    return ((found.start("day"), found.end(), _day(day)),) if 1 <= day <= 31 else None


def _month_first(found: re.Match[str]) -> Said:
    day = int(found["day"])
    if not 1 <= day <= 31:
        return None
    end = found.start("year") if found["year"] else found.end()
    parts: list[Part] = [(*found.span("month"), _month(found["month"]))]
    parts.append((found.end("month"), end, _day(day)))
    return _dated(found, parts)


def _month_year(found: re.Match[str]) -> Said:
    return _dated(found, [(*found.span("month"), _month(found["month"]))])


def _days(found: re.Match[str]) -> Said:
    first, last = _weekday(found[1]), _weekday(found[3])
    return ((found.start(), found.end(2), f"{first} to"), (*found.span(3), last))


def _one_day(found: re.Match[str]) -> Said:
    return _weekday(found[0])


def _years(found: re.Match[str]) -> Said:
    first, written = int(found[1]), found[2]
    if len(written) == 2:
        last = in_words(int(written)) if written[0] != "0" else f"oh {in_words(int(written))}"
        if int(written) <= first % 100:
            return None
        return f"{year(first)} to {last}"
    return f"{year(first)} to {year(int(written))}"


def _decade(found: re.Match[str]) -> Said:
    return several(year(value(found[1])))


def _alone(found: re.Match[str]) -> Said:
    return year(int(found[1]))


NUMERIC_DATES: Final = Rules(
    re.compile(r"\d[/.-]\d"),
    ((_ISO, _iso), (_YEAR_FIRST, _year_first), (_MONTH_OF, _month_of), (_FIGURES, _figures)),
)
DATES: Final = Rules(
    re.compile(r"\d/\d|\d(?:st|nd|rd|th)|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"),
    (
        (_HYPHENED, _hyphened),
        (_DATES, _until_date),
        (_DAYS_OF_MONTH, _until_day),
        (_DAY_FIRST, _day_first),
        (_MONTH_FIRST, _month_first),
        (_MONTH_YEAR, _month_year),
        (_DAY_MONTH, _day_month),
        (_ON_THE, _on_the),
    ),
)
WEEKDAYS: Final = Rules(
    re.compile(r"Mon|Tue|Wed|Thu|Fri|Sat|Sun"),
    ((_DAYS, _days), (_WEEKEND, _one_day), (_SHORT_DAY, _one_day)),
)
YEARS: Final = Rules(
    re.compile(r"\d{3}|'0"),
    (
        (_YEARS, _years),
        (_DECADE, _decade),
        (_SHORT_YEAR, lambda found: f"oh {in_words(int(found[1]))}"),
        (_ALONE, _alone),
    ),
)
