"""A diary in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.ids import BrandId


@dataclass
class MemoryCalendar:
    """One diary for every brand. ``fault`` is raised instead of answering."""

    booked: list[tuple[datetime, datetime]] = field(default_factory=list)
    fault: Exception | None = None

    async def taken(
        self, brand: BrandId, first: datetime, last: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """See ``agents.ports.Calendar.taken``."""
        if self.fault is not None:
            raise self.fault
        return sorted((start, end) for start, end in self.booked if start < last and end > first)

    def is_free(self, start: datetime, end: datetime) -> bool:
        """Whether nothing overlaps."""
        return all(end <= begun or over <= start for begun, over in self.booked)

    def book(self, start: datetime, end: datetime) -> None:
        """Take a slot."""
        self.booked.append((start.astimezone(UTC), end.astimezone(UTC)))
