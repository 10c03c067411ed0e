"""One call in full: its turns, what they did, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.effects import Json
from core.money import charge
from core.timing import TurnTiming
from db.tables.calls import CallRow
from db.tables.conversation import (
    BookingRow,
    CallbackRow,
    EffectRow,
    EvidenceRow,
    TransitionRow,
    TurnRow,
    TurnTimingRow,
)
from db.tables.money import PriceRow, UsageRow
from db.usage import price_of


def iso(moment: datetime | None) -> str | None:
    """A moment in JSON."""
    return None if moment is None else moment.isoformat()


async def detail_of(session: AsyncSession, call: CallRow) -> dict[str, Json]:
    """What a call holds beyond its line in the list."""
    call_id = call.call_id
    return {
        "engines": list(call.engines),
        "recording": call.recording is not None,
        "turns": list(await _turns(session, call_id)),
        "transitions": list(await _transitions(session, call_id)),
        "bookings": list(await _bookings(session, call_id)),
        "callbacks": list(await _callbacks(session, call_id)),
        "effects": list(await _effects(session, call_id)),
        "evidence": list(await _evidence(session, call_id)),
        "cost": await _cost(session, call_id),
    }


async def _turns(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    timings = await session.scalars(select(TurnTimingRow).where(TurnTimingRow.call_id == call_id))
    timing = {row.turn: _timing(row) for row in timings}
    spent = await session.execute(
        select(UsageRow.turn, func.sum(UsageRow.micros))
        .where(UsageRow.call_id == call_id)
        .group_by(UsageRow.turn)
    )
    micros = {turn: None if total is None else int(total) for turn, total in spent}
    turns = await session.scalars(
        select(TurnRow).where(TurnRow.call_id == call_id).order_by(TurnRow.number)
    )
    return [_turn(row, timing.get(row.number), micros.get(row.number, 0)) for row in turns]


def _turn(row: TurnRow, timing: Mapping[str, Json] | None, micros: int | None) -> dict[str, Json]:
    return {
        "number": row.number,
        "kind": row.kind.value,
        "caller_said": row.caller_said,
        "confidence": row.confidence,
        "language": row.language,
        "language_probability": row.language_probability,
        "agent": row.agent,
        "next_agent": row.next_agent,
        "reply": row.reply,
        "heard": row.heard,
        "unheard": row.unheard,
        "stage": row.stage,
        "intent": row.intent,
        "tools": list(row.tools),
        "model": row.model,
        "faults": list(row.faults),
        "timing": None if timing is None else dict(timing),
        "cost_micros": micros,
    }


def _timing(row: TurnTimingRow) -> dict[str, Json]:
    stages = {field.name: getattr(row, field.name) for field in fields(TurnTiming)}
    told = {name: value for name, value in stages.items() if name != "turn"}
    return {**told, "v2v_ms": TurnTiming(**stages).v2v_ms}


async def _transitions(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    rows = await session.scalars(
        select(TransitionRow)
        .where(TransitionRow.call_id == call_id)
        .order_by(TransitionRow.turn, TransitionRow.position)
    )
    return [
        {
            "turn": row.turn,
            "from": row.from_agent,
            "to": row.to_agent,
            "stage": row.stage,
            "reason": row.reason,
        }
        for row in rows
    ]


async def _bookings(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    rows = await session.scalars(
        select(BookingRow).where(BookingRow.call_id == call_id).order_by(BookingRow.id)
    )
    return [
        {
            "starts_at": iso(row.starts_at),
            "minutes": (row.ends_at - row.starts_at) // timedelta(minutes=1),
            "name": row.name,
            "value_micros": row.value_micros,
        }
        for row in rows
    ]


async def _callbacks(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    rows = await session.scalars(
        select(CallbackRow).where(CallbackRow.call_id == call_id).order_by(CallbackRow.id)
    )
    return [{"due_at": iso(row.due_at), "wording": row.wording} for row in rows]


async def _effects(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    rows = await session.scalars(
        select(EffectRow)
        .where(EffectRow.call_id == call_id)
        .order_by(EffectRow.turn, EffectRow.position)
    )
    return [
        {
            "tool": row.tool.value,
            "status": row.status.value,
            "reason": row.reason or None,
            "arguments": row.arguments,
        }
        for row in rows
    ]


async def _evidence(session: AsyncSession, call_id: UUID) -> Sequence[Json]:
    rows = await session.scalars(
        select(EvidenceRow)
        .where(EvidenceRow.call_id == call_id)
        .order_by(EvidenceRow.at_ms, EvidenceRow.what)
    )
    return [
        {"turn": row.turn, "what": row.what.value, "mark": row.mark, "at_ms": row.at_ms}
        for row in rows
    ]


async def _cost(session: AsyncSession, call_id: UUID) -> dict[str, Json]:
    """Quantities are added first and each sum is priced and rounded once."""
    quantity = func.sum(UsageRow.quantity)
    sums = await session.execute(
        select(UsageRow.sku, UsageRow.unit, quantity, PriceRow)
        .outerjoin(PriceRow, PriceRow.id == UsageRow.priced_by)
        .where(UsageRow.call_id == call_id)
        .group_by(UsageRow.sku, UsageRow.unit, PriceRow.id)
        .order_by(UsageRow.sku, UsageRow.unit)
    )
    lines: list[Json] = []
    total = 0
    for sku, unit, used, price in sums:
        micros = None if price is None else charge(int(used), price_of(price))
        total += micros or 0
        lines.append({"sku": sku, "unit": unit.value, "quantity": int(used), "micros": micros})
    return {"total_micros": total, "lines": lines}
