"""What time is meant: a wish laid over offers, the diary and the hours in which we call."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from agents.language.reading import WhenSaid
from agents.script_loader import shipped_script
from agents.tools.diary import Diary
from agents.tools.wishes import among, callback_time, exact, free_for, may_call

LONDON = ZoneInfo("Europe/London")
SCRIPT = shipped_script("estate_agency_outbound")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=LONDON)  # a Monday
OFFERS = (datetime(2026, 11, 24, 10, tzinfo=LONDON), datetime(2026, 11, 25, 14, tzinfo=LONDON))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        (WhenSaid(offer=2), OFFERS[1]),
        (WhenSaid(offer=3), None),
        (WhenSaid(day=date(2026, 11, 25)), OFFERS[1]),
        (WhenSaid(at=time(10)), OFFERS[0]),
        (WhenSaid(part="afternoon"), OFFERS[1]),
        (WhenSaid(not_day=date(2026, 11, 24)), OFFERS[1]),
        (WhenSaid(earliest=time(9)), None),  # both
        (WhenSaid(day=date(2026, 11, 26)), None),
    ],
)
def test_which_offer_is_meant(when: WhenSaid, meant: datetime | None) -> None:
    assert among(OFFERS, when) == meant


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        (WhenSaid(day=date(2026, 11, 26), at=time(11)), at(26, 11)),
        (WhenSaid(at=time(11)), at(24, 11)),  # on the first day that was offered
        (WhenSaid(at=time(11), not_day=date(2026, 11, 24)), at(25, 11)),
        (WhenSaid(at=time(11), first_day=date(2026, 11, 30)), None),
        (WhenSaid(day=date(2026, 11, 26)), None),
        (WhenSaid(relative_to_now=datetime(2026, 11, 23, 10, 0, 12, tzinfo=LONDON)), at(23, 10)),
    ],
)
def test_the_very_time(when: WhenSaid, meant: datetime | None) -> None:
    assert exact(when, LONDON, tuple(offer.date() for offer in OFFERS)) == meant


def test_free_times_for_a_wish_are_on_two_days_if_they_can() -> None:
    diary = Diary(SCRIPT.booking, LONDON, NOW)
    assert free_for(diary, WhenSaid(part="morning"), 2) == (at(23, 11, 30), at(24, 9))
    friday = free_for(diary, WhenSaid(day=date(2026, 11, 27)), 2)
    assert friday[0] == at(27, 9)
    assert friday[1] > friday[0]
    assert free_for(diary, WhenSaid(day=date(2026, 11, 29)), 2) == ()
    assert free_for(diary, WhenSaid(day=date(2026, 11, 27)), 1) == (at(27, 9),)


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        (WhenSaid(day=date(2026, 11, 24), at=time(15)), at(24, 15)),
        (WhenSaid(at=time(15)), at(23, 15)),
        (WhenSaid(at=time(9)), at(24, 9)),  # nine has passed today
        (WhenSaid(part="morning"), at(23, 10)),
        (WhenSaid(day=date(2026, 11, 24), part="afternoon"), at(24, 14)),
        (WhenSaid(earliest=time(16)), at(23, 16)),
        (WhenSaid(first_day=date(2026, 11, 30), at=time(11)), at(30, 11)),
        (WhenSaid(not_day=date(2026, 11, 23), at=time(11)), at(24, 11)),
        (WhenSaid(relative_to_now=datetime(2026, 11, 23, 10, 0, 40, tzinfo=LONDON)), at(23, 10)),
        (WhenSaid(day=date(2026, 11, 24)), None),
        (WhenSaid(first_day=date(2027, 11, 30), at=time(11)), None),
    ],
)
def test_when_to_call_back(when: WhenSaid, meant: datetime | None) -> None:
    assert callback_time(when, SCRIPT.callback, NOW) == meant


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        (at(24, 15), True),
        (at(24, 8), False),
        (at(24, 18), False),
        (at(29, 12), False),
        (at(23, 9), False),
        (datetime(2026, 12, 14, 12, tzinfo=LONDON), False),
    ],
)
def test_when_people_may_be_called(moment: datetime, may: bool) -> None:
    assert may_call(moment, SCRIPT.callback, NOW) is may
