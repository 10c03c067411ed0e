"""The law of spoken times: what we say is understood back as the same moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.language.spoken import (
    spoken_clock,
    spoken_day,
    spoken_number,
    spoken_ordinal,
    spoken_pounds,
    spoken_time,
)
from agents.language.when import read_when
from agents.language.words import words_of

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 11, 12, tzinfo=LONDON)

moments_now = st.integers(0, 8 * 366 * 24 * 60).map(
    lambda minutes: (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(
        LONDON
    )
)
clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 20, 15, 0, tzinfo=LONDON), "today at three in the afternoon"),
        (datetime(2026, 11, 21, 10, 30, tzinfo=LONDON), "tomorrow at half past ten"),
        (datetime(2026, 11, 24, 9, 0, tzinfo=LONDON), "Tuesday at nine"),
        (datetime(2026, 11, 26, 12, 0, tzinfo=LONDON), "Thursday at midday"),
        (
            datetime(2026, 12, 1, 14, 0, tzinfo=LONDON),
            "Tuesday the first at two in the afternoon",
        ),
        (
            datetime(2027, 1, 5, 17, 45, tzinfo=LONDON),
            "Tuesday the fifth of January at quarter to six in the evening",
        ),
    ],
)
def test_how_a_time_is_said(moment: datetime, said: str) -> None:
    assert spoken_time(moment, NOW) == said


@given(moments_now, st.integers(0, 364), clock_times)
@example(datetime(2026, 3, 28, 12, tzinfo=LONDON), 1, time(9))  # the night clocks go forward
@example(datetime(2026, 10, 24, 12, tzinfo=LONDON), 1, time(1, 30))  # the hour that comes twice
@example(datetime(2026, 1, 31, 12, tzinfo=LONDON), 29, time(10))  # over a short month
@example(datetime(2028, 2, 1, 12, tzinfo=LONDON), 28, time(10))  # the leap day
def test_every_time_we_say_is_understood(now: datetime, ahead: int, at: time) -> None:
    moment = datetime.combine(now.date() + timedelta(days=ahead), at, tzinfo=LONDON)
    when = read_when(words_of(spoken_time(moment, now)), now=now)
    assert when is not None
    assert (when.day, when.at) == (moment.date(), at)


@given(moments_now, st.integers(0, 364), clock_times, st.integers(0, 364), clock_times)
def test_an_offer_said_back_is_that_offer(
    now: datetime, ahead: int, at: time, ahead_other: int, at_other: time
) -> None:
    first = datetime.combine(now.date() + timedelta(days=ahead), at, tzinfo=LONDON)
    other = datetime.combine(now.date() + timedelta(days=ahead_other), at_other, tzinfo=LONDON)
    when = read_when(words_of(f"yes {spoken_time(first, now)} please"), now=now,
                     offers=(first, other), bare=True)  # fmt: skip
    assert when is not None
    assert (when.day, when.at) == (first.date(), at)
    if first != other:
        assert when.offer == 1


@given(st.dates(date(2025, 1, 1), date(2032, 12, 31)), st.integers(-400, 800))
def test_a_day_is_never_said_twice_alike(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    assert spoken_day(day, today) != spoken_day(day + timedelta(days=7), today)


def test_clock_times() -> None:
    assert spoken_clock(time(10, 7)) == "ten oh seven"
    assert spoken_clock(time(0)) == "midnight"
    assert spoken_clock(time(7)) == "seven in the morning"
    assert spoken_clock(time(22, 20)) == "ten twenty at night"


def test_numbers_and_money() -> None:
    assert [spoken_number(value) for value in (0, 13, 41, 100, 150, 1005, 250_000)] == [
        "zero",
        "thirteen",
        "forty-one",
        "one hundred",
        "one hundred and fifty",
        "one thousand and five",
        "two hundred and fifty thousand",
    ]
    assert [spoken_ordinal(value) for value in (1, 2, 3, 5, 8, 9, 12, 20, 21, 30)] == [
        "first", "second", "third", "fifth", "eighth", "ninth", "twelfth", "twentieth",
        "twenty-first", "thirtieth",
    ]  # fmt: skip
    assert spoken_pounds(15000) == "one hundred and fifty pounds"
    assert spoken_pounds(950) == "nine pounds fifty"
    assert spoken_pounds(100) == "one pound"
    assert spoken_pounds(1) == "one penny"
    with pytest.raises(ValueError, match="not said"):
        spoken_number(-1)
