"""Calls as they are shown: the list, and where a recording lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from core.call import Direction
from core.effects import Json
from core.ids import CallId, CallSid
from core.phone import PhoneNumber
from db.queries.call_detail import detail_of, iso
from db.tables.brands import BrandRow
from db.tables.calls import CallRow
from db.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class PostgresCallViews:
    """Read-only views of calls, as plain JSON values."""

    units: Units

    async def recent(
        self, limit: int, before: CallId | None = None
    ) -> Sequence[Mapping[str, Json]]:
        """The newest calls first; ``before`` is the last call of the page before."""
        query = (
            select(CallRow, BrandRow.name)
            .join(BrandRow, BrandRow.id == CallRow.brand_id)
            .order_by(CallRow.call_id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(CallRow.call_id < before)
        async with self.units.begin() as session:
            rows = await session.execute(query)
            return [summary_of(call, brand) for call, brand in rows]

    async def one(self, name: CallId | CallSid) -> Mapping[str, Json] | None:
        """One call in full, by its call id or CallSid."""
        query = (
            select(CallRow, BrandRow.name)
            .join(BrandRow, BrandRow.id == CallRow.brand_id)
            .where(_named(name))
        )
        async with self.units.begin() as session:
            found = (await session.execute(query)).one_or_none()
            if found is None:
                return None
            return {**summary_of(*found), **await detail_of(session, found[0])}

    async def recording(self, name: CallId | CallSid) -> str | None:
        """The recording's path, relative to the data directory."""
        async with self.units.begin() as session:
            path: str | None = await session.scalar(select(CallRow.recording).where(_named(name)))
            return path


def summary_of(call: CallRow, brand: str) -> dict[str, Json]:
    """One line of the list. Numbers are in full: whoever may read calls may return them."""
    ours, theirs = _e164(call.ours), _e164(call.theirs)
    outbound = call.direction is Direction.OUTBOUND
    duration_s: float | None = None
    if call.answered_at is not None and call.ended_at is not None:
        duration_s = round((call.ended_at - call.answered_at).total_seconds(), 3)
    return {
        "call_id": str(call.call_id),
        "call_sid": call.call_sid,
        "direction": call.direction.value,
        "state": call.state.value,
        "outcome": None if call.outcome is None else call.outcome.value,
        "end_reason": None if call.end_reason is None else call.end_reason.value,
        "brand": brand,
        "script": {"name": call.script_name, "version": call.script_version},
        "from": ours if outbound else theirs,
        "to": theirs if outbound else ours,
        "opened_at": iso(call.opened_at),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
        "duration_s": duration_s,
    }


def _e164(number: PhoneNumber | None) -> str | None:
    return None if number is None else number.e164


def _named(name: CallId | CallSid) -> ColumnElement[bool]:
    if isinstance(name, UUID):
        return CallRow.call_id == name
    return CallRow.call_sid == name
