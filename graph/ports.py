"""What the graph needs of the world: a book of turns and the saved checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.call import EndReason, Outcome
from core.card import ScriptRef
from core.effects import Json
from core.ids import CallId
from core.speech import CallerTurn, Heard, TurnResult
from core.usage import Usage


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn as it is stored. ``state_change`` rebuilds the graph's state from the turn before.

    ``state_change`` is plain JSON: message texts with ids, slots, active agent, stage.
    """

    turn: CallerTurn
    result: TurnResult
    reply: str
    state_change: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """What became of one effect. ``reason`` is a code when it was refused ("slot_taken").

    An opt-out is always done; its ``reason`` may note that there was no number to suppress.
    """

    key: str
    done: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A committed turn, as needed to bring a checkpoint up to date."""

    number: int
    state_change: Mapping[str, Json]


class TurnBook(Protocol):
    """The truth of a conversation: its committed turns."""

    async def commit(
        self,
        call_id: CallId,
        record: TurnRecord,
        if_refused: TurnRecord | None,
        heard: Heard | None,
    ) -> Sequence[EffectOutcome]:
        """Write turn, usage and effects in one transaction; all of it or nothing.

        Each effect is done once per key, however often this is called; committing a turn
        number again returns the first outcome. When an effect is refused, ``if_refused`` is
        written as the turn instead and no effect is done but an opt-out, which always is.
        ``heard`` completes the row of the turn it names.
        """
        ...

    async def turns_after(self, call_id: CallId, number: int) -> Sequence[StoredTurn]:
        """The committed turns with a higher number, in order."""
        ...

    async def close(
        self,
        call_id: CallId,
        heard: Heard | None,
        outcome: Outcome,
        reason: EndReason,
        usage: Sequence[Usage] = (),
    ) -> None:
        """Complete the last turn's row with what was heard. Idempotent, but for ``usage``.

        ``usage``: what answers cost that were thrown away after the last turn; written each time.
        """
        ...


class ReplyCache(Protocol):
    """Answers that may be given again. Shared by all calls, so nothing personal goes in.

    Losing it loses nothing: neither method raises, and both are quick.
    """

    async def get(self, key: str) -> str | None:
        """What was put there and has not expired."""
        ...

    async def put(self, key: str, answer: str) -> None:
        """Keep ``answer`` for as long as the operator set."""
        ...


class ScriptShelf(Protocol):
    """Where scripts are kept, as the YAML text that was validated when it was put there."""

    async def text(self, script: ScriptRef) -> str:
        """The script's YAML. Raises NotFoundError."""
        ...
