"""What time a caller means: a wish laid over the offers, the diary and the calling hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agents.language.offers import fits
from agents.language.reading import WhenSaid
from agents.script import Callback
from agents.tools.diary import Diary, wall

# The hour meant by a part of the day when somebody is to be called back.
PART_HOURS: Final = {"morning": time(10), "afternoon": time(14), "evening": time(17)}


def among(offers: tuple[datetime, ...], when: WhenSaid) -> datetime | None:
    """The one offer that the wish picks out; None when it fits none or several."""
    if when.offer is not None:
        return offers[when.offer - 1] if 1 <= when.offer <= len(offers) else None
    fitting = [offer for offer in offers if fits(when, offer)]
    return fitting[0] if len(fitting) == 1 else None


def _day_fits(day: date, when: WhenSaid) -> bool:
    return (
        (when.day is None or day == when.day)
        and (when.not_day is None or day != when.not_day)
        and (when.first_day is None or day >= when.first_day)
        and (when.last_day is None or day <= when.last_day)
    )


def exact(when: WhenSaid, zone: ZoneInfo, days: tuple[date, ...]) -> datetime | None:
    """The very time that is wished; the first of ``days`` that fits stands in for a day."""
    if when.relative_to_now is not None:
        local = when.relative_to_now
        return wall(zone, local.date(), local.time().replace(second=0, microsecond=0))
    day = when.day or next((day for day in days if _day_fits(day, when)), None)
    if day is None or when.at is None:
        return None
    return wall(zone, day, when.at)


def free_for(diary: Diary, when: WhenSaid, count: int) -> tuple[datetime, ...]:
    """Up to ``count`` free times that fit the wish: on different days where there are such."""
    starts = [start for start in diary.free() if fits(when, start)]
    if count < 2 or len(starts) < 2:
        return tuple(starts[:count])
    other_days = [start for start in starts if start.date() != starts[0].date()]
    if other_days:
        return starts[0], other_days[0]
    return starts[0], starts[len(starts) // 2]


def callback_time(when: WhenSaid, rules: Callback, now: datetime) -> datetime | None:
    """When to call back, on the wall clock of ``now``; None when no moment was said."""
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    if when.relative_to_now is not None:
        local = when.relative_to_now.replace(second=0, microsecond=0)
        return wall(zone, local.date(), local.time())
    at = when.at or when.earliest or PART_HOURS.get(when.part or "")
    if at is None:
        return None
    if when.day is not None:
        return wall(zone, when.day, at)
    for ahead in range(rules.horizon_days + 1):
        day = now.date() + timedelta(days=ahead)
        start = wall(zone, day, at)
        if start is None or not _day_fits(day, when):
            continue
        if start > now and rules.hours.on(day) is not None:
            return start
    return None


def may_call(at: datetime, rules: Callback, now: datetime) -> bool:
    """Whether we call people at that time: in the future, soon enough, within calling hours."""
    hours = rules.hours.on(at.date())
    last = now + timedelta(days=rules.horizon_days)
    return hours is not None and now < at <= last and hours.opens <= at.time() < hours.closes
