"""Free times: the script's booking rules laid over the appointments that exist.

All arithmetic on durations is done in UTC and all rules are read on the script's wall clock, so
a day with 23 or 25 hours has no phantom slots: a wall time that does not exist is never offered,
and of one that exists twice only the first is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from agents.language.offers import part_of_day
from agents.script import Booking


class Fit(StrEnum):
    """Whether an appointment can begin at a wished time, and if not, why."""

    FREE = "free"
    TAKEN = "taken"
    CLOSED = "closed"
    OFF_GRID = "off_grid"  # open and free, but no appointment begins at that minute
    TOO_SOON = "too_soon"  # in the past, or nearer than the lead time
    TOO_FAR = "too_far"


def wall(zone: ZoneInfo, day: date, at: time) -> datetime | None:
    """That wall time as an aware time; None when clocks skip it."""
    local = datetime.combine(day, at.replace(tzinfo=None), tzinfo=zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    return local if there_and_back.replace(tzinfo=None) == local.replace(tzinfo=None) else None


@lru_cache(maxsize=1024)  # the days of some ten scripts
def _grid(
    zone: ZoneInfo, day: date, opens: time, closes: time, length: timedelta, step_minutes: int
) -> tuple[tuple[datetime, datetime], ...]:
    """Every start of ``day`` that ends before we close, on the wall clock and in UTC."""
    at, step = datetime.combine(day, opens), timedelta(minutes=step_minutes)
    last = datetime.combine(day, closes, tzinfo=zone).astimezone(UTC) - length
    starts: list[tuple[datetime, datetime]] = []
    while at.date() == day and at.time() < closes:
        local = wall(zone, day, at.time())
        if local is not None and local.astimezone(UTC) <= last:
            starts.append((local, local.astimezone(UTC)))
        at += step
    return tuple(starts)


@dataclass(frozen=True, slots=True)
class Diary:
    """When an appointment can begin. ``taken``: booked (start, end) intervals, aware."""

    rules: Booking
    zone: ZoneInfo
    now: datetime
    taken: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def first(self) -> datetime:
        """The soonest an appointment may begin, by the lead time; UTC."""
        return self.now.astimezone(UTC) + timedelta(minutes=self.rules.lead_minutes)

    @property
    def last_day(self) -> date:
        """The last day on which appointments are made."""
        return self.now.astimezone(self.zone).date() + timedelta(days=self.rules.horizon_days)

    def fit(self, start: datetime) -> Fit:
        """Whether an appointment can begin at ``start`` (aware)."""
        local = start.astimezone(self.zone)
        if start.astimezone(UTC) < self.first:
            return Fit.TOO_SOON
        if local.date() > self.last_day:
            return Fit.TOO_FAR
        hours = self.rules.hours.on(local.date())
        if hours is None or not self._inside(local):
            return Fit.CLOSED
        if not self._unbooked(start):
            return Fit.TAKEN
        opens = datetime.combine(local.date(), hours.opens, tzinfo=self.zone)
        minutes = (local.replace(tzinfo=None) - opens.replace(tzinfo=None)).total_seconds() / 60
        return Fit.FREE if minutes % self.rules.step_minutes == 0 else Fit.OFF_GRID

    def free_on(self, day: date) -> Iterator[datetime]:
        """The free starts of ``day``, in order, on the script's wall clock."""
        hours = self.rules.hours.on(day)
        if hours is None or day > self.last_day:
            return
        first, length = self.first, timedelta(minutes=self.rules.minutes)
        buffer = timedelta(minutes=self.rules.buffer_minutes)
        grid = _grid(self.zone, day, hours.opens, hours.closes, length, self.rules.step_minutes)
        if not grid or grid[-1][1] < first:
            return
        begin, end = grid[0][1] - buffer, grid[-1][1] + length + buffer
        near = [each for each in self.taken if each[0] < end and each[1] > begin]
        for local, start in grid:
            if start >= first and all(
                start + length + buffer <= begun or over + buffer <= start for begun, over in near
            ):
                yield local

    def days(self) -> Iterator[date]:
        """Every day on which an appointment may be, in order."""
        day = self.first.astimezone(self.zone).date()
        while day <= self.last_day:
            yield day
            day += timedelta(days=1)

    def free(self, *, part: str | None = None, since: date | None = None) -> Iterator[datetime]:
        """Every free start from ``since`` on, in order, in that part of the day."""
        for day in self.days():
            if since is None or day >= since:
                yield from (s for s in self.free_on(day) if part in (None, part_of_day(s)))

    def spread(
        self, count: int, *, part: str | None = None, since: date | None = None
    ) -> tuple[datetime, ...]:
        """Up to ``count`` free starts worth offering: on different days where there are such.

        The first is the soonest; the next are in another part of the day if possible, so that
        the caller has a real choice.
        """
        chosen: list[datetime] = []
        for start in self.free(part=part, since=since):
            if len(chosen) == count:
                break
            if not chosen or (
                start.date() != chosen[-1].date()
                and (part or part_of_day(start) != part_of_day(chosen[-1]))
            ):
                chosen.append(start)
        return tuple(chosen) if chosen else ()

    def nearest(self, wished: datetime, count: int) -> tuple[datetime, ...]:
        """The ``count`` free starts nearest to ``wished``, in order of time."""
        same_week = sorted(self.free(), key=lambda start: (abs(start - wished), start))
        return tuple(sorted(same_week[:count]))

    def _inside(self, local: datetime) -> bool:
        """Whether an appointment from ``local`` ends before we close."""
        hours = self.rules.hours.on(local.date())
        if hours is None or local.time() < hours.opens:
            return False
        closes = datetime.combine(local.date(), hours.closes, tzinfo=self.zone).astimezone(UTC)
        return local.astimezone(UTC) + timedelta(minutes=self.rules.minutes) <= closes

    def _unbooked(self, start: datetime) -> bool:
        buffer = timedelta(minutes=self.rules.buffer_minutes)
        start = start.astimezone(UTC)  # sums on a wall clock are wrong when clocks change
        end = start + timedelta(minutes=self.rules.minutes)
        return all(end + buffer <= begun or over + buffer <= start for begun, over in self.taken)


def window(rules: Booking, now: datetime) -> tuple[datetime, datetime]:
    """The stretch of the calendar that a diary needs: from ``now`` to past the horizon, UTC."""
    begin = now.astimezone(UTC) - timedelta(days=1)
    return begin, begin + timedelta(days=rules.horizon_days + 3)


def utc_intervals(
    taken: Sequence[tuple[datetime, datetime]],
) -> tuple[tuple[datetime, datetime], ...]:
    """The intervals as UTC, in order."""
    return tuple(sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in taken))
