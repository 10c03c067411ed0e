"""The diary of a brand: which times are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.ids import BrandId
from db.tables.conversation import BookingRow, BookingStatus
from db.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class PostgresDiary:
    """``agents.ports.Calendar``."""

    units: Units

    async def taken(
        self, brand: BrandId, first: datetime, last: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """The booked (start, end) intervals in UTC that overlap ``first`` .. ``last``, in order."""
        async with self.units.at_once() as connection:
            rows = await connection.execute(
                select(BookingRow.starts_at, BookingRow.ends_at)
                .where(
                    BookingRow.brand_id == brand,
                    BookingRow.status == BookingStatus.CONFIRMED,
                    BookingRow.starts_at < last,
                    BookingRow.ends_at > first,
                )
                .order_by(BookingRow.starts_at)
            )
            return [(row.starts_at, row.ends_at) for row in rows]
