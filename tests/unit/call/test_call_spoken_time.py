"""The times a caller hears in a sentence."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.call.spoken_time import SpokenTime, coming, times_in

SATURDAY = date(2026, 11, 21)


def at(november: int | None, hour: int, minute: int = 0) -> SpokenTime:
    """A time on a day of November 2026."""
    day = None if november is None else date(2026, 11, 1) + timedelta(days=november - 1)
    return SpokenTime(day, hour * 60 + minute)


@pytest.mark.parametrize(
    ("sentence", "times"),
    [
        ("Shall I book Tuesday the 24th at ten o'clock?", [at(24, 10)]),
        ("I can offer Monday at nine, or Tuesday at half past two.", [at(23, 9), at(24, 14, 30)]),
        ("Monday at nine or at quarter to three", [at(23, 9), at(23, 14, 45)]),
        ("So that is Wednesday 25 November at 10:30.", [at(25, 10, 30)]),
        ("tomorrow at quarter past eleven", [at(22, 11, 15)]),
        ("two p.m. on Friday", [at(27, 14)]),
        ("9.30am on Monday or 4pm", [at(23, 9, 30), at(23, 16)]),
        ("Thursday, ten thirty", [at(26, 10, 30)]),
        ("Thursday at twenty-five past four in the afternoon", [at(26, 16, 25)]),
        ("at seven in the morning", [at(None, 7)]),
        ("Tuesday the first of December at ten", [at(31, 10)]),
        ("Saturday the twenty-eighth at ten", [at(28, 10)]),
        ("Saturday at ten", [at(28, 10)]),
        ("today at ten, or Monday, 30th November, at two", [at(21, 10), at(30, 14)]),
        ("Tuesday the 25th at ten", [at(24, 10)]),  # there is no such day: the coming one
        ("Tuesday at noon", [at(24, 12)]),
        ("at twelve o’clock", [at(None, 12)]),
        ("We are open from nine to five.", []),
        ("It is the twenty-fourth of November.", []),
        ("Call 01273 496 000, flat 99:75.", []),
        ("", []),
    ],
)
def test_times_are_heard(sentence: str, times: list[SpokenTime]) -> None:
    assert list(times_in(sentence, SATURDAY)) == times


@given(
    st.one_of(st.none(), st.integers(21, 28)),
    st.integers(8, 18),
    st.sampled_from([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]),
)
def test_what_a_caller_says_is_heard_as_meant(day: int | None, hour: int, minute: int) -> None:
    said = at(day, hour, minute)
    assert said.is_near(SATURDAY)
    assert times_in(said.words(SATURDAY), SATURDAY) == (said,)


def test_an_unsaid_day_agrees_with_any() -> None:
    assert at(None, 10).same_as(at(24, 10))
    assert not at(23, 10).same_as(at(24, 10))
    assert not at(None, 10).same_as(at(24, 11))
    assert at(24, 10).is_at(datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001  wall clock
    assert not at(24, 10).is_at(datetime(2026, 12, 1, 10, 0))  # noqa: DTZ001  wall clock


def test_a_weekday_names_only_the_coming_one() -> None:
    assert not at(31, 10).is_near(SATURDAY)
    assert coming(5, SATURDAY) == date(2026, 11, 28)
