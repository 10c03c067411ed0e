"""A turn book in memory: all or nothing but opt-outs, each effect once, refuses taken slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from core.call import EndReason, Outcome
from core.effects import Effect, EffectTool
from core.ids import CallId
from core.speech import Heard
from core.usage import Usage
from graph.ports import EffectOutcome, StoredTurn, TurnRecord
from tests.fakes.calendar import MemoryCalendar


@dataclass
class MemoryTurnBook:
    """Keeps turns and does effects on ``calendar``, as the database does in one transaction."""

    calendar: MemoryCalendar
    turns: dict[CallId, dict[int, TurnRecord]] = field(default_factory=dict)
    heard: dict[tuple[CallId, int], Heard] = field(default_factory=dict)
    done: dict[str, Effect] = field(default_factory=dict)
    outcomes: dict[tuple[CallId, int], tuple[EffectOutcome, ...]] = field(default_factory=dict)
    closed: dict[CallId, tuple[Outcome, EndReason]] = field(default_factory=dict)
    used_at_end: dict[CallId, list[Usage]] = field(default_factory=dict)
    fail_next: Exception | None = None
    fail_after: Exception | None = None  # once the next turn is written

    async def commit(
        self,
        call_id: CallId,
        record: TurnRecord,
        if_refused: TurnRecord | None,
        heard: Heard | None,
    ) -> Sequence[EffectOutcome]:
        """See ``graph.ports.TurnBook.commit``."""
        self._fail_if_told()
        number = record.turn.number
        if (call_id, number) in self.outcomes:
            return self.outcomes[call_id, number]
        effects = record.result.effects
        checked = [self._check(effect) for effect in effects]
        if not all(outcome.done for outcome in checked):
            checked = [
                outcome
                if effect.tool is EffectTool.OPT_OUT
                else EffectOutcome(
                    effect.key, done=False, reason=outcome.reason or "another_was_refused"
                )
                for effect, outcome in zip(effects, checked, strict=True)
            ]
            record = if_refused or record
        for effect, outcome in zip(effects, checked, strict=True):
            if outcome.done:
                self._do(effect)
        self.turns.setdefault(call_id, {})[number] = record
        self._complete(call_id, heard)
        self.outcomes[call_id, number] = tuple(checked)
        if self.fail_after is not None:
            fault, self.fail_after = self.fail_after, None
            raise fault
        return self.outcomes[call_id, number]

    async def turns_after(self, call_id: CallId, number: int) -> Sequence[StoredTurn]:
        """See ``graph.ports.TurnBook.turns_after``."""
        return [
            StoredTurn(at, record.state_change)
            for at, record in sorted(self.turns.get(call_id, {}).items())
            if at > number
        ]

    async def close(
        self,
        call_id: CallId,
        heard: Heard | None,
        outcome: Outcome,
        reason: EndReason,
        usage: Sequence[Usage] = (),
    ) -> None:
        """See ``graph.ports.TurnBook.close``."""
        self._fail_if_told()
        self.used_at_end.setdefault(call_id, []).extend(usage)
        self._complete(call_id, heard)
        self.closed.setdefault(call_id, (outcome, reason))

    def effects(self, tool: EffectTool) -> list[Effect]:
        """Every effect of that tool that was done, in order."""
        return [effect for effect in self.done.values() if effect.tool is tool]

    def _fail_if_told(self) -> None:
        if self.fail_next is not None:
            fault, self.fail_next = self.fail_next, None
            raise fault

    def _complete(self, call_id: CallId, heard: Heard | None) -> None:
        if heard is not None and heard.turn in self.turns.get(call_id, {}):
            self.heard[call_id, heard.turn] = heard

    def _check(self, effect: Effect) -> EffectOutcome:
        if effect.key in self.done or effect.tool is not EffectTool.BOOK_APPOINTMENT:
            return EffectOutcome(effect.key, done=True)
        start, end = _span(effect)
        free = self.calendar.is_free(start, end)
        return EffectOutcome(effect.key, done=free, reason="" if free else "slot_taken")

    def _do(self, effect: Effect) -> None:
        if effect.key in self.done:
            return
        self.done[effect.key] = effect
        if effect.tool is EffectTool.BOOK_APPOINTMENT:
            self.calendar.book(*_span(effect))


def _span(effect: Effect) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(cast("str", effect.arguments["starts_at"]))
    return start, start + timedelta(minutes=cast("int", effect.arguments["minutes"]))
