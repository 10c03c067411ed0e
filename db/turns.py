"""The book of turns: one committed turn is one transaction, written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.call import CallState, EndReason, Outcome
from core.clock import Clock
from core.ids import CallId
from core.speech import Heard, Transition
from db.call_life import ignores, lock_call, outcome_by_turns, require_owner
from db.crypto import Keyring
from db.effects import Scene, do_effects
from db.tables.conversation import EffectRow, EffectStatus, TransitionRow, TurnRow
from db.unit_of_work import Units, publish
from db.usage import record_usage
from graph.ports import EffectOutcome, StoredTurn, TurnRecord


@dataclass(frozen=True, slots=True)
class PostgresTurnBook:
    """``graph.ports.TurnBook``. ``owner`` names this process in the leases of its calls."""

    units: Units
    keyring: Keyring
    clock: Clock
    owner: str

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
        self, call_id: CallId, heard: Heard | None, outcome: Outcome, reason: EndReason
    ) -> None:
        """Complete the last turn's row, and note what an open call came to. Idempotent.

        The last committed turn's outcome goes before ``outcome``. Ignored when another process
        holds the call now.

        Raises:
            NotFoundError: there is no such call.
        """
        async with self.units.begin() as session:
            call = await lock_call(session, call_id)
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
    turn, result, call_id = record.turn, record.result, scene.call.call_id
    await scene.session.execute(
        insert(TurnRow).values(
            call_id=call_id,
            number=turn.number,
            kind=turn.kind,
            caller_said=turn.text,
            digits=turn.digits,
            confidence=turn.confidence,
            audio_ms=turn.audio_ms,
            language=turn.language if turn.text else None,
            language_probability=turn.language_probability if turn.text else None,
            caller_at=turn.at,
            agent=result.agent,
            next_agent=result.next_agent,
            stage=result.stage,
            intent=result.intent,
            tools=list(result.tools),
            model=result.model,
            faults=list(result.faults),
            ends_call=result.ends_call,
            outcome=result.outcome,
            reply=record.reply,
            state_change=dict(record.state_change),
            committed_at=scene.at,
        )
    )
    if result.transitions:
        steps = enumerate(result.transitions)
        await scene.session.execute(
            insert(TransitionRow),
            [_transition(scene, turn.number, place, step) for place, step in steps],
        )
    await record_usage(scene.session, scene.call, result.usage, scene.at, turn=turn.number)


def _transition(scene: Scene, turn: int, position: int, step: Transition) -> dict[str, object]:
    return {
        "call_id": scene.call.call_id,
        "turn": turn,
        "position": position,
        "from_agent": step.from_agent,
        "to_agent": step.to_agent,
        "stage": step.stage,
        "reason": step.reason,
    }


async def _complete(session: AsyncSession, call_id: CallId, heard: Heard | None) -> None:
    """Store how much of its reply was heard in the turn that ``heard`` names."""
    if heard is not None:
        await session.execute(
            update(TurnRow)
            .where(TurnRow.call_id == call_id, TurnRow.number == heard.turn)
            .values(heard=heard.text, unheard=heard.unheard, heard_ms=heard.heard_ms)
        )
