"""Days, clock times and wishes, from words to the wall clock."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from agents.language.when import read_when
from agents.language.words import words_of

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 11, 12, tzinfo=LONDON)  # a Friday

DAYS = {
    "today": date(2026, 11, 20),
    "later today": date(2026, 11, 20),
    "this afternoon": date(2026, 11, 20),
    "tonight": date(2026, 11, 20),
    "tomorrow": date(2026, 11, 21),
    "tomorrow please": date(2026, 11, 21),
    "the day after tomorrow": date(2026, 11, 22),
    "monday": date(2026, 11, 23),
    "on tuesday": date(2026, 11, 24),
    "this tuesday": date(2026, 11, 24),
    "next tuesday": date(2026, 11, 24),
    "on friday": date(2026, 11, 27),
    "next friday": date(2026, 11, 27),
    "thursday": date(2026, 11, 26),
    "tuesday week": date(2026, 12, 1),
    "a week on tuesday": date(2026, 12, 1),
    "the tuesday after next": date(2026, 12, 1),
    "tuesday of next week": date(2026, 11, 24),
    "next week tuesday": date(2026, 11, 24),
    "next week on wednesday": date(2026, 11, 25),
    "a week today": date(2026, 11, 27),
    "a week tomorrow": date(2026, 11, 28),
    "two weeks today": date(2026, 12, 4),
    "in two weeks": date(2026, 12, 4),
    "in a fortnight": date(2026, 12, 4),
    "in a week": date(2026, 11, 27),
    "in three days": date(2026, 11, 23),
    "in a couple of days": date(2026, 11, 22),
    "the fifth of december": date(2026, 12, 5),
    "december the fifth": date(2026, 12, 5),
    "december fifth": date(2026, 12, 5),
    "5th december": date(2026, 12, 5),
    "5 December": date(2026, 12, 5),
    "the 5th of Dec": date(2026, 12, 5),
    "5/12": date(2026, 12, 5),
    "05/12/2026": date(2026, 12, 5),
    "2026-12-05": date(2026, 12, 5),
    "the twenty first": date(2026, 11, 21),
    "the twenty-fourth": date(2026, 11, 24),
    "the thirtieth": date(2026, 11, 30),
    "the thirty first": date(2026, 12, 31),
    "the first": date(2026, 12, 1),
    "the third": date(2026, 12, 3),
    "tuesday the twenty fourth": date(2026, 11, 24),
    "tuesday the first": date(2026, 12, 1),
    "tuesday the first of december": date(2026, 12, 1),
    "friday the fourth of december": date(2026, 12, 4),
    "the second of january": date(2027, 1, 2),
    "new year's day": None,
    "the thirty first of november": None,
    "the twenty ninth of february": date(2028, 2, 29),
}

TIMES = {
    "at ten": time(10),
    "ten o'clock": time(10),
    "ten": time(10),
    "half past ten": time(10, 30),
    "half ten": time(10, 30),
    "ten thirty": time(10, 30),
    "10:30": time(10, 30),
    "10.30": time(10, 30),
    "at 1030": time(10, 30),
    "quarter past ten": time(10, 15),
    "a quarter past ten": time(10, 15),
    "quarter to three": time(14, 45),
    "ten to three": time(14, 50),
    "twenty past nine": time(9, 20),
    "twenty five to ten": time(9, 35),
    "five past four": time(16, 5),
    "seven minutes past two": time(14, 7),
    "two p m": time(14),
    "two pm": time(14),
    "2pm": time(14),
    "2 p.m.": time(14),
    "two thirty p m": time(14, 30),
    "14:00": time(14),
    "fourteen thirty": time(14, 30),
    "noon": time(12),
    "midday": time(12),
    "twelve": time(12),
    "twelve noon": time(12),
    "half twelve": time(12, 30),
    "at one": time(13),
    "at two": time(14),
    "at three in the afternoon": time(15),
    "nine": time(9),
    "nine in the morning": time(9),
    "nine a m": time(9),
    "ten oh five": time(10, 5),
    "ten fifteen": time(10, 15),
    "ten forty five": time(10, 45),
    "half eight in the morning": time(8, 30),
    "half past five": time(17, 30),
    "six in the evening": time(18),
    "eight at night": time(20),
    "seven in the evening": time(19),
    "about eleven": time(11),
    "around half eleven": time(11, 30),
    "let's say four": time(16),
    "four thirty would be good": time(16, 30),
    "can we do three o'clock": time(15),
}

BOTH = {
    "tuesday at half past ten": (date(2026, 11, 24), time(10, 30)),
    "half past ten on tuesday": (date(2026, 11, 24), time(10, 30)),
    "tomorrow at two": (date(2026, 11, 21), time(14)),
    "tomorrow at two in the afternoon": (date(2026, 11, 21), time(14)),
    "could we do monday at nine": (date(2026, 11, 23), time(9)),
    "monday nine": (date(2026, 11, 23), time(9)),
    "monday nine thirty": (date(2026, 11, 23), time(9, 30)),
    "the fifth of december at ten": (date(2026, 12, 5), time(10)),
    "tuesday the twenty fourth at two in the afternoon": (date(2026, 11, 24), time(14)),
    "the twenty fourth at ten thirty": (date(2026, 11, 24), time(10, 30)),
    "Tuesday, 24 November, 2pm": (date(2026, 11, 24), time(14)),
    "can you do tuesday morning at ten": (date(2026, 11, 24), time(10)),
    "tuesday no wednesday at ten": (date(2026, 11, 25), time(10)),
    "tuesday at ten no sorry eleven": (date(2026, 11, 24), time(11)),
    "i can't do tuesday how about wednesday at four": (date(2026, 11, 25), time(16)),
    "not tuesday wednesday at ten": (date(2026, 11, 25), time(10)),
    "tuesday is no good but thursday at two works": (date(2026, 11, 26), time(14)),
    "on the second of december at two": (date(2026, 12, 2), time(14)),
    "a week on monday at eleven": (date(2026, 11, 30), time(11)),
    "not at ten at eleven on monday": (date(2026, 11, 23), time(11)),
    "tomorrow morning at nine thirty": (date(2026, 11, 21), time(9, 30)),
}


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_day(text: str, day: date | None) -> None:
    when = read_when(words_of(text), now=NOW)
    assert (when.day if when else None) == day


@pytest.mark.parametrize(("text", "at"), TIMES.items())
def test_time(text: str, at: time) -> None:
    when = read_when(words_of(text), now=NOW, bare=True)
    assert when is not None
    assert (when.at, when.day) == (at, None)


@pytest.mark.parametrize(("text", "said"), BOTH.items())
def test_day_and_time(text: str, said: tuple[date, time]) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert (when.day, when.at) == said


@pytest.mark.parametrize(
    ("text", "day", "part"),
    [
        ("some time on friday afternoon", date(2026, 11, 27), "afternoon"),
        ("tuesday morning", date(2026, 11, 24), "morning"),
        ("in the morning", None, "morning"),
        ("mornings are best", None, "morning"),
        ("any afternoon", None, "afternoon"),
        ("tomorrow evening", date(2026, 11, 21), "evening"),
        ("in the evening", None, "evening"),
        ("after lunch tomorrow", date(2026, 11, 21), "afternoon"),
        ("not in the morning in the afternoon", None, "afternoon"),
    ],
)
def test_part_of_the_day(text: str, day: date | None, part: str) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert (when.day, when.part, when.at) == (day, part, None)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("in half an hour", datetime(2026, 11, 20, 11, 42, tzinfo=LONDON)),
        ("in an hour", datetime(2026, 11, 20, 12, 12, tzinfo=LONDON)),
        ("in an hour and a half", datetime(2026, 11, 20, 12, 42, tzinfo=LONDON)),
        ("in two hours", datetime(2026, 11, 20, 13, 12, tzinfo=LONDON)),
        ("in ten minutes", datetime(2026, 11, 20, 11, 22, tzinfo=LONDON)),
        ("in about twenty minutes", datetime(2026, 11, 20, 11, 32, tzinfo=LONDON)),
        ("in a couple of hours", datetime(2026, 11, 20, 13, 12, tzinfo=LONDON)),
        ("in quarter of an hour", datetime(2026, 11, 20, 11, 27, tzinfo=LONDON)),
        ("an hour from now", datetime(2026, 11, 20, 12, 12, tzinfo=LONDON)),
        ("in half an hour or so", datetime(2026, 11, 20, 11, 42, tzinfo=LONDON)),
        ("give me ten minutes", datetime(2026, 11, 20, 11, 22, tzinfo=LONDON)),
    ],
)
def test_from_now(text: str, then: datetime) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert when.relative_to_now == then


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [("half an hour", 11, 42), ("an hour", 12, 12), ("twenty minutes please", 11, 32),
     ("maybe an hour and a half", 12, 42)],
)  # fmt: skip
def test_a_bare_span_where_a_time_was_asked_for(text: str, hour: int, minute: int) -> None:
    when = read_when(words_of(text), now=NOW, bare=True)
    assert when is not None
    assert when.relative_to_now == NOW.replace(hour=hour, minute=minute)


def test_from_now_over_the_end_of_summer_time() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)  # clocks go back at two
    when = read_when(words_of("in two hours"), now=before)
    assert when is not None
    assert when.relative_to_now is not None
    assert (when.relative_to_now.hour, when.relative_to_now.fold) == (1, 1)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("after three", time(15), None),
        ("any time after three", time(15), None),
        ("before eleven", None, time(11)),
        ("between two and four", time(14), time(16)),
        ("from ten to twelve", time(10), time(12)),
        ("tomorrow after five", time(17), None),
        ("from two onwards", time(14), None),
    ],
)
def test_range(text: str, earliest: time | None, latest: time | None) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert (when.earliest, when.latest, when.at) == (earliest, latest, None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("next week", date(2026, 11, 23), date(2026, 11, 29)),
        ("some time next week", date(2026, 11, 23), date(2026, 11, 29)),
        ("this week", date(2026, 11, 20), date(2026, 11, 22)),
        ("at the weekend", date(2026, 11, 21), date(2026, 11, 22)),
        ("the week after next", date(2026, 11, 30), date(2026, 12, 6)),
        ("next month", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_several_days(text: str, first: date, last: date) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert (when.day, when.first_day, when.last_day) == (None, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no thanks",
        "how much does it cost",
        "i have three bedrooms",
        "one moment please",
        "i'm not sure",
        "just a minute",
        "my name is may",
        "i've got two flats",
        "one of them",
        "second opinion",
        "hang on a second",
        "three bedrooms and two bathrooms",
        "it takes half an hour",
        "how long does it take",
        "within three months",
        "i've lived here for ten years",
    ],
)
def test_no_time_was_said(text: str) -> None:
    assert read_when(words_of(text), now=NOW) is None


@pytest.mark.parametrize("text", ["not tuesday", "i can't do tuesday", "tuesday is no good",
                                  "tuesday doesn't work for me", "any day but tuesday",
                                  "anything except tuesday", "i'm away on tuesday"])  # fmt: skip
def test_a_day_ruled_out_is_no_wish(text: str) -> None:
    when = read_when(words_of(text), now=NOW)
    assert when is not None
    assert when.day is None
    assert when.not_day == date(2026, 11, 24)
