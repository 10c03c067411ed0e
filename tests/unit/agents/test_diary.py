"""Free times: the booking rules, the appointments that exist, and the days when clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.offers import part_of_day
from agents.script import Booking, OpenHours, Week
from agents.script_loader import shipped_script
from agents.tools.diary import Diary, Fit, utc_intervals, wall, window

LONDON = ZoneInfo("Europe/London")
RULES = shipped_script("estate_agency_outbound").booking
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=LONDON)


def diary(now: datetime = MONDAY, *taken: datetime, rules: Booking = RULES) -> Diary:
    spans = tuple((start, start + timedelta(minutes=30)) for start in taken)
    return Diary(rules, LONDON, now, utc_intervals(spans))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("start", "fit"),
    [
        (at(24, 10), Fit.FREE),
        (at(23, 11, 30), Fit.FREE),  # two hours from now, to the minute
        (at(23, 11), Fit.TOO_SOON),
        (at(20, 10), Fit.TOO_SOON),
        (at(24, 8, 30), Fit.CLOSED),
        (at(24, 17, 30), Fit.FREE),  # ends as we close
        (at(24, 18), Fit.CLOSED),
        (at(29, 12), Fit.CLOSED),  # a Sunday
        (at(24, 10, 10), Fit.OFF_GRID),
        (at(24, 14), Fit.TAKEN),
        (at(24, 13, 30), Fit.TAKEN),  # the half hour before is kept free
        (at(24, 14, 30), Fit.TAKEN),
        (at(24, 13), Fit.FREE),
        (at(24, 15), Fit.FREE),
        (at(30, 10) + timedelta(days=28), Fit.TOO_FAR),
    ],
)
def test_whether_an_appointment_can_begin(start: datetime, fit: Fit) -> None:
    assert diary(MONDAY, at(24, 14)).fit(start) is fit
    assert diary(MONDAY, at(24, 14)).fit(start.astimezone(UTC)) is fit


def test_two_offers_give_a_real_choice() -> None:
    first, second = diary().spread(2)
    assert first == at(23, 11, 30)
    assert second.date() > first.date()
    assert part_of_day(first) != part_of_day(second)


def test_the_nearest_come_in_order_of_time() -> None:
    near = diary(MONDAY, at(24, 14)).nearest(at(24, 14), 2)
    assert near == (at(24, 13), at(24, 15))


def test_a_full_diary_offers_nothing() -> None:
    closed = replace(RULES, hours=Week())
    assert diary(rules=closed).spread(2) == ()
    assert diary(rules=closed).nearest(at(24, 10), 2) == ()


NIGHTS = replace(
    RULES,
    hours=Week(sunday=OpenHours(time(0), time(5))),
    buffer_minutes=0,
    lead_minutes=0,
)


def test_an_hour_that_clocks_skip_is_never_offered() -> None:
    spring = date(2026, 3, 29)  # 01:00 becomes 02:00
    now = datetime(2026, 3, 27, 12, tzinfo=LONDON)
    starts = list(diary(now, rules=NIGHTS).free_on(spring))
    assert [start.hour + start.minute / 60 for start in starts] == [0, 0.5, 2, 2.5, 3, 3.5, 4, 4.5]
    assert wall(LONDON, spring, time(1, 30)) is None
    gaps = {(b.astimezone(UTC) - a.astimezone(UTC)) for a, b in pairwise(starts)}
    assert gaps == {timedelta(minutes=30)}


def test_an_hour_that_comes_twice_is_offered_once() -> None:
    autumn = date(2026, 10, 25)  # 02:00 becomes 01:00
    now = datetime(2026, 10, 23, 12, tzinfo=LONDON)
    starts = list(diary(now, rules=NIGHTS).free_on(autumn))
    assert len({start.replace(tzinfo=None) for start in starts}) == len(starts) == 10


def test_an_appointment_keeps_its_length_over_a_change_of_clocks() -> None:
    long = replace(NIGHTS, minutes=120)
    spring = date(2026, 3, 29)
    now = datetime(2026, 3, 27, 12, tzinfo=LONDON)
    last = list(diary(now, rules=long).free_on(spring))[-1]
    assert last.hour == 3  # 03:00 to 05:00 by the wall
    midnight = datetime(2026, 3, 29, 0, 30, tzinfo=LONDON)
    assert diary(now, rules=long).fit(midnight) is Fit.FREE  # half past midnight to half past three


def test_an_appointment_in_the_hour_that_comes_twice_is_taken_once() -> None:
    now = datetime(2026, 10, 23, 12, tzinfo=LONDON)
    first_half_past_one = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second_half_past_one = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert diary(now, second_half_past_one, rules=NIGHTS).fit(first_half_past_one) is Fit.FREE
    assert diary(now, first_half_past_one, rules=NIGHTS).fit(first_half_past_one) is Fit.TAKEN


def test_the_window_covers_the_horizon() -> None:
    first, last = window(RULES, MONDAY)
    assert first < MONDAY.astimezone(UTC)
    assert last > datetime.combine(diary().last_day, time(23, 59), tzinfo=UTC)


@given(
    now=st.integers(0, 2 * 365 * 24 * 4).map(lambda quarters: NEW_YEAR + quarters * QUARTER),
    taken=st.lists(st.integers(0, 28 * 48), max_size=12),
)
def test_every_free_time_keeps_every_rule(now: datetime, taken: list[int]) -> None:
    booked = [now + timedelta(minutes=30 * step) for step in taken]
    free = diary(now.astimezone(LONDON), *booked)
    for start in free.spread(2) + free.nearest(now + timedelta(days=3), 3):
        hours = RULES.hours.on(start.date())
        assert hours is not None
        assert hours.opens <= start.time() < hours.closes
        assert start - now >= timedelta(minutes=RULES.lead_minutes)
        assert start.tzinfo is LONDON
        for other in booked:
            apart = timedelta(minutes=RULES.minutes + RULES.buffer_minutes)
            assert abs(start - other) >= apart


@pytest.mark.no_cover  # every minute of a month; the tests above run the same lines
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("month", [3, 10, 11])  # clocks change in these
def test_the_free_times_of_a_day_are_those_that_fit(zone: str, month: int) -> None:
    here = ZoneInfo(zone)
    now = datetime(2026, month, 20, 11, 7, tzinfo=here)
    at = datetime(2026, month, 24, 14, 10, tzinfo=UTC)
    taken = tuple(
        (at + timedelta(hours=hours), at + timedelta(hours=hours + 1)) for hours in (0, 19)
    )
    free = Diary(RULES, here, now, taken)
    for day in (now.date() + timedelta(days=ahead) for ahead in range(-1, 31)):
        minutes = (datetime.combine(day, time(), here) + timedelta(minutes=m) for m in range(1440))
        real = (m for m in minutes if wall(here, day, m.time()) is not None)
        assert list(free.free_on(day)) == [m for m in real if free.fit(m) is Fit.FREE]
