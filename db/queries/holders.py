"""Which process holds a call."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.call import CallState
from core.clock import Clock
from core.ids import CallId, CallSid
from db.call_life import is_leased
from db.tables.calls import CallRow
from db.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class Holding:
    """A call and its ``owner``: None when no living process holds it."""

    call_id: CallId
    is_over: bool
    owner: str | None


@dataclass(frozen=True, slots=True)
class PostgresHolders:
    """Reads the leases of calls."""

    units: Units
    clock: Clock

    async def of(self, name: CallId | CallSid) -> Holding | None:
        """Who holds the call; None: there is no such call."""
        named = CallRow.call_id if isinstance(name, UUID) else CallRow.call_sid
        async with self.units.begin() as session:
            row = await session.scalar(select(CallRow).where(named == name))
            if row is None:
                return None
            owner = row.lease_owner if is_leased(row, self.clock.now()) else None
            return Holding(CallId(row.call_id), row.state is CallState.ENDED, owner)
