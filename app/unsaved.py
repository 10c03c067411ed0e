"""Conversations that leave nothing behind: turns, a diary and a shelf in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.call import EndReason, Outcome
from core.card import ScriptRef
from core.effects import Effect, EffectTool
from core.errors import InvalidInputError, NotFoundError
from core.ids import BrandId, CallId
from core.speech import Heard
from core.usage import Usage
from graph.ports import EffectOutcome, StoredTurn, TurnRecord


@dataclass(slots=True)
class UnsavedDiary:
    """``agents.ports.Calendar`` of one conversation: empty until it books something."""

    booked: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def taken(
        self, brand: BrandId, first: datetime, last: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """The booked (start, end) intervals that overlap ``first`` .. ``last``, in order."""
        return sorted(slot for slot in self.booked if slot[0] < last and slot[1] > first)

    def is_free(self, slot: tuple[datetime, datetime]) -> bool:
        """Whether nothing overlaps ``slot``."""
        return all(end <= slot[0] or slot[1] <= start for start, end in self.booked)


@dataclass(slots=True)
class UnsavedTurns:
    """``graph.ports.TurnBook`` that forgets with the process."""

    diary: UnsavedDiary
    turns: dict[int, TurnRecord] = field(default_factory=dict)
    outcomes: dict[int, Sequence[EffectOutcome]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    async def commit(
        self,
        call_id: CallId,
        record: TurnRecord,
        if_refused: TurnRecord | None,
        heard: Heard | None,
    ) -> Sequence[EffectOutcome]:
        """Do the effects and keep the turn; a taken slot refuses all but an opt-out."""
        number = record.turn.number
        if number in self.outcomes:
            return self.outcomes[number]
        effects = record.result.effects
        taken = any(not self._is_possible(effect) for effect in effects)
        done = [e for e in effects if not taken or e.tool is EffectTool.OPT_OUT]
        for effect in done:
            self._do(effect)
        self.turns[number] = if_refused if taken and if_refused is not None else record
        self.outcomes[number] = tuple(
            EffectOutcome(
                effect.key, done=effect in done, reason="" if effect in done else "slot_taken"
            )
            for effect in effects
        )
        return self.outcomes[number]

    async def turns_after(self, call_id: CallId, number: int) -> Sequence[StoredTurn]:
        """The committed turns with a higher number, in order."""
        later = sorted(self.turns.items())
        return [StoredTurn(at, record.state_change) for at, record in later if at > number]

    async def close(
        self,
        call_id: CallId,
        heard: Heard | None,
        outcome: Outcome,
        reason: EndReason,
        usage: Sequence[Usage] = (),
    ) -> None:
        """Nothing is left to complete."""

    def _is_possible(self, effect: Effect) -> bool:
        booking = effect.tool is EffectTool.BOOK_APPOINTMENT
        return not booking or effect.key in self.done or self.diary.is_free(_slot(effect))

    def _do(self, effect: Effect) -> None:
        if effect.key not in self.done and effect.tool is EffectTool.BOOK_APPOINTMENT:
            self.diary.booked.append(_slot(effect))
        self.done.add(effect.key)


@dataclass(frozen=True, slots=True)
class OneScript:
    """``graph.ports.ScriptShelf`` with a single script on it."""

    script: ScriptRef
    yaml: str

    async def text(self, script: ScriptRef) -> str:
        """The script's YAML. Raises NotFoundError."""
        if script != self.script:
            raise NotFoundError("script", script.name)
        return self.yaml


def _slot(effect: Effect) -> tuple[datetime, datetime]:
    starts_at, minutes = effect.arguments["starts_at"], effect.arguments["minutes"]
    if not isinstance(starts_at, str) or not isinstance(minutes, int):
        raise InvalidInputError("A booking needs a start and its minutes.", field="starts_at")
    start = datetime.fromisoformat(starts_at)
    return start, start + timedelta(minutes=minutes)
