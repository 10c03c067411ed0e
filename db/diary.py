"""The diary of a brand: which times are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from core.ids import BrandId
from db.direct import Direct
from db.tables.conversation import BookingRow, BookingStatus
from db.unit_of_work import Units

TAKEN: Final = Direct(
    select(BookingRow.starts_at, BookingRow.ends_at)
    .where(
        BookingRow.brand_id == bindparam("brand"),
        BookingRow.status == bindparam("status"),
        BookingRow.starts_at < bindparam("last"),
        BookingRow.ends_at > bindparam("first"),
    )
    .order_by(BookingRow.starts_at)
)


@dataclass(frozen=True, slots=True)
class PostgresDiary:
    """``agents.ports.Calendar``."""

    units: Units

    async def taken(
        self, brand: BrandId, first: datetime, last: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """The booked (start, end) intervals in UTC that overlap ``first`` .. ``last``, in order."""
        status = BookingStatus.CONFIRMED
        given = {"brand": brand, "first": first, "last": last, "status": status}
        rows = await self.units.at_once(TAKEN, given)
        return [(row["starts_at"], row["ends_at"]) for row in rows]
