"""What time a caller means: a wish laid over the offers, the diary and the calling hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agents.language.reading import WhenSaid
from agents.script import Callback
from agents.tools.diary import Diary, part_of_day, wall

# The hour meant by a part of the day when somebody is to be called back.
PART_HOURS: Final = {"morning": time(10), "afternoon": time(14), "evening": time(17)}


def among(offers: tuple[datetime, ...], when: WhenSaid) -> datetime | None:
    """The one offer that the wish picks out; None when it fits none or several."""
    if when.offer is not None:
        return offers[when.offer - 1] if 1 <= when.offer <= len(offers) else None
    fitting = [offer for offer in offers if fits(offer, when)]
    return fitting[0] if len(fitting) == 1 else None


def fits(start: datetime, when: WhenSaid) -> bool:
    """Whether a time (on the script's wall clock) is what the wish says, as far as it does."""
    if when.relative_to_now is not None:
        return start.replace(tzinfo=None) == when.relative_to_now.replace(tzinfo=None)
    return _day_fits(start.date(), when) and _hour_fits(start.time().replace(tzinfo=None), when)


def _day_fits(day: date, when: WhenSaid) -> bool:
    return (
        (when.day is None or day == when.day)
        and (when.not_day is None or day != when.not_day)
        and (when.first_day is None or day >= when.first_day)
        and (when.last_day is None or day <= when.last_day)
    )


def _hour_fits(at: time, when: WhenSaid) -> bool:
    return (
        (when.at is None or at == when.at)
        and (when.part is None or part_of_day(at) == when.part)
        and (when.earliest is None or at >= when.earliest)
        and (when.latest is None or at <= when.latest)
    )


def exact(when: WhenSaid, zone: ZoneInfo, days: tuple[date, ...]) -> datetime | None:
    """The very time that is wished; ``days`` stand in, the first for a wish without a day."""
    if when.relative_to_now is not None:
        local = when.relative_to_now
        return wall(zone, local.date(), local.time())
    day = when.day or (days[0] if days else None)
    if day is None or when.at is None:
        return None
    return wall(zone, day, when.at)


def free_for(diary: Diary, when: WhenSaid, count: int) -> tuple[datetime, ...]:
    """Up to ``count`` free times that fit the wish: on different days where there are such."""
    starts = [start for start in diary.free() if fits(start, when)]
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
    at = when.at or PART_HOURS.get(when.part or "")
    if when.relative_to_now is not None:
        at = when.relative_to_now.time().replace(second=0, microsecond=0)
        return wall(zone, when.relative_to_now.date(), at)
    if at is None:
        return None
    if when.day is not None:
        return wall(zone, when.day, at)
    for day in (now.date() + timedelta(days=ahead) for ahead in range(rules.horizon_days + 1)):
        hours = rules.hours.on(day)
        start = wall(zone, day, at)
        if start is not None and start > now and hours is not None:
            return start
    return None


def may_call(at: datetime, rules: Callback, now: datetime) -> bool:
    """Whether we call people at that time: in the future, soon enough, within calling hours."""
    hours = rules.hours.on(at.date())
    last = now + timedelta(days=rules.horizon_days)
    return hours is not None and now < at <= last and hours.opens <= at.time() < hours.closes
