"""The times a caller hears in a sentence."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.call.spoken_time import SpokenTime, times_in

SATURDAY = date(2026, 11, 21)


def at(weekday: int | None, hour: int, minute: int = 0) -> SpokenTime:
    return SpokenTime(weekday, hour * 60 + minute)


@pytest.mark.parametrize(
    ("sentence", "times"),
    [
        ("Shall I book Tuesday the 24th at ten o'clock?", [at(1, 10)]),
        ("I can offer Monday at nine, or Tuesday at half past two.", [at(0, 9), at(1, 14, 30)]),
        ("Monday at nine or at quarter to three", [at(0, 9), at(0, 14, 45)]),
        ("So that is Wednesday 25 November at 10:30.", [at(2, 10, 30)]),
        ("tomorrow at quarter past eleven", [at(6, 11, 15)]),
        ("two p.m. on Friday", [at(4, 14)]),
        ("9.30am on Monday or 4pm", [at(0, 9, 30), at(0, 16)]),
        ("Thursday, ten thirty", [at(3, 10, 30)]),
        ("Thursday at twenty-five past four in the afternoon", [at(3, 16, 25)]),
        ("at seven in the morning", [at(None, 7)]),
        ("Tuesday at noon", [at(1, 12)]),
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
    st.one_of(st.none(), st.integers(0, 6)),
    st.integers(8, 19),
    st.sampled_from([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]),
)
def test_what_a_caller_says_is_heard_as_meant(day: int | None, hour: int, minute: int) -> None:
    said = at(day, hour, minute)
    assert times_in(said.words(), SATURDAY) == (said,)


def test_an_unsaid_weekday_agrees_with_any() -> None:
    assert at(None, 10).same_as(at(3, 10))
    assert not at(2, 10).same_as(at(3, 10))
    assert not at(None, 10).same_as(at(3, 11))
    assert at(1, 10).is_at(datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001  wall clock
