"""The book of turns: one committed turn is one transaction, written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.call import CallState, EndReason, Outcome
from core.clock import Clock
from core.ids import CallId
from core.speech import Heard, TurnKind
from core.usage import Usage
from db.call_life import ignores, lock_call, outcome_by_turns, require_owner
from db.crypto import Keyring
from db.effects import Scene, do_effects
from db.tables.conversation import EffectRow, EffectStatus, TransitionRow, TurnRow
from db.turn_at_once import Rows, write_at_once
from db.unit_of_work import Units, publish
from db.usage import KnownPrices, record_usage, usage_rows
from graph.ports import EffectOutcome, StoredTurn, TurnRecord


@dataclass(frozen=True, slots=True)
class PostgresTurnBook:
    """``graph.ports.TurnBook``. ``owner`` names this process in the leases of its calls."""

    units: Units
    keyring: Keyring
    clock: Clock
    owner: str
    prices: KnownPrices = field(default_factory=KnownPrices)

    async def commit(
        self,
        call_id: CallId,
        record: TurnRecord,
        if_refused: TurnRecord | None,
        heard: Heard | None,
    ) -> Sequence[EffectOutcome]:
        """Write the turn; see the port. The lock on the call puts rival commits in line.

        Cancel-safe: yes; committing again tells whether it was written.
        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call is over, or another process holds it.
        """
        if await self._written_at_once(call_id, record, heard):
            return []
        number = record.turn.number
        async with self.units.begin() as session:
            call = await lock_call(session, call_id)
            if await session.get(TurnRow, (call_id, number)) is not None:
                return await _first_outcome(session, call_id, number)
            require_owner(call, self.owner)
            scene = Scene(session, call, number, self.clock.now(), self.keyring)
            outcomes, facts = await do_effects(scene, record.result.effects)
            refused = any(not outcome.done for outcome in outcomes)
            written = if_refused if refused and if_refused is not None else record
            await _write(scene, written)
            await _complete(session, call_id, heard)
            await publish(session, facts)
            return outcomes

    async def _written_at_once(
        self, call_id: CallId, record: TurnRecord, heard: Heard | None
    ) -> bool:
        """Whether the turn was one that a single statement writes: new, plain, and ours."""
        number, at = record.turn.number, self.clock.now()
        today = at.astimezone(UTC).date()
        if record.result.effects or (heard is not None and heard.turn >= number):
            return False
        wanted = [(one.sku, one.unit) for one in record.result.usage]
        prices = await self.prices.of(self.units, wanted, today, at)
        if prices is None:
            return False
        rows = Rows(
            turn=_turn(call_id, record, at),
            transitions=_transitions(call_id, record),
            usage=usage_rows(call_id, record.result.usage, prices, at, turn=number),
            heard=None if heard is None else {"number": heard.turn, **_heard(heard)},
        )
        return await write_at_once(self.units, rows, self.owner, today)

    async def turns_after(self, call_id: CallId, number: int) -> Sequence[StoredTurn]:
        """The committed turns with a higher number, in order."""
        async with self.units.begin() as session:
            rows = await session.execute(
                select(TurnRow.number, TurnRow.state_change)
                .where(TurnRow.call_id == call_id, TurnRow.number > number)
                .order_by(TurnRow.number)
            )
            return [StoredTurn(row.number, row.state_change) for row in rows]

    async def close(
        self,
        call_id: CallId,
        heard: Heard | None,
        outcome: Outcome,
        reason: EndReason,
        usage: Sequence[Usage] = (),
    ) -> None:
        """Complete the last turn's row, and note what an open call came to; see the port.

        The last committed turn's outcome goes before ``outcome``. Ignored when another process
        holds the call now, but for ``usage``: what was used is owed.

        Raises:
            NotFoundError: there is no such call.
        """
        async with self.units.begin() as session:
            call = await lock_call(session, call_id)
            await record_usage(session, call, usage, self.clock.now())
            if ignores(call, self.owner, "close"):
                return
            await _complete(session, call_id, heard)
            if call.state is not CallState.ENDED:
                call.outcome = await outcome_by_turns(session, call, outcome)
                call.end_reason = reason


async def _first_outcome(
    session: AsyncSession, call_id: CallId, number: int
) -> Sequence[EffectOutcome]:
    rows = await session.execute(
        select(EffectRow.key, EffectRow.status, EffectRow.reason)
        .where(EffectRow.call_id == call_id, EffectRow.turn == number)
        .order_by(EffectRow.position)
    )
    return [
        EffectOutcome(row.key, done=row.status is EffectStatus.DONE, reason=row.reason)
        for row in rows
    ]


async def _write(scene: Scene, record: TurnRecord) -> None:
    call_id, number = CallId(scene.call.call_id), record.turn.number
    await scene.session.execute(insert(TurnRow).values(_turn(call_id, record, scene.at)))
    transitions = _transitions(call_id, record)
    if transitions:
        await scene.session.execute(insert(TransitionRow), transitions)
    await record_usage(scene.session, scene.call, record.result.usage, scene.at, turn=number)


def _turn(call_id: CallId, record: TurnRecord, at: datetime) -> dict[str, object]:
    turn, result = record.turn, record.result
    spoken = "" if turn.kind is TurnKind.OPERATOR else turn.text
    return {
        "call_id": call_id,
        "number": turn.number,
        "kind": turn.kind,
        "caller_said": spoken,
        "digits": turn.digits,
        "confidence": turn.confidence,
        "audio_ms": turn.audio_ms,
        "language": turn.language if spoken else None,
        "language_probability": turn.language_probability if spoken else None,
        "caller_at": turn.at,
        "agent": result.agent,
        "next_agent": result.next_agent,
        "stage": result.stage,
        "intent": result.intent,
        "tools": list(result.tools),
        "model": result.model,
        "faults": list(result.faults),
        "ends_call": result.ends_call,
        "outcome": result.outcome,
        "reply": record.reply,
        "state_change": dict(record.state_change),
        "committed_at": at,
    }


def _transitions(call_id: CallId, record: TurnRecord) -> list[dict[str, object]]:
    return [
        {
            "call_id": call_id,
            "turn": record.turn.number,
            "position": position,
            "from_agent": step.from_agent,
            "to_agent": step.to_agent,
            "stage": step.stage,
            "reason": step.reason,
        }
        for position, step in enumerate(record.result.transitions)
    ]


def _heard(heard: Heard) -> dict[str, object]:
    return {"heard": heard.text, "unheard": heard.unheard, "heard_ms": heard.heard_ms}


async def _complete(session: AsyncSession, call_id: CallId, heard: Heard | None) -> None:
    """Store how much of its reply was heard in the turn that ``heard`` names."""
    if heard is not None:
        await session.execute(
            update(TurnRow)
            .where(TurnRow.call_id == call_id, TurnRow.number == heard.turn)
            .values(_heard(heard))
        )
