"""What became of a call's turns, told by the reducer's decisions alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from core.speech import TurnKind
from voice.commands import Command, Drop, Hush, Measure, Prepare, Release, Silence, Stage
from voice.cue_codec import Taken
from voice.cues import LineDropped


@dataclass(frozen=True, slots=True)
class TurnSeen:
    """A turn that was answered. Times are ms since the start of the stream."""

    number: int
    kind: TurnKind
    text: str
    speech_end_ms: int
    decided_ms: int = 0
    first_sent_ms: int | None = None

    @property
    def waited_ms(self) -> int:
        """From the caller's last sound to the judgement that the turn is over."""
        return self.decided_ms - self.speech_end_ms

    @property
    def v2v_ms(self) -> int | None:
        """From the caller's last sound to the first agent sound sent; None: none was."""
        if self.first_sent_ms is None:
            return None
        return self.first_sent_ms - self.speech_end_ms


@dataclass(frozen=True, slots=True)
class Hushed:
    """The caller's sound silenced the agent. ``yielded``: it was an interruption."""

    at_ms: int
    turn: int
    yielded: bool


@dataclass(frozen=True, slots=True)
class History:
    """The turns that were answered for good, those withdrawn, and who yielded when.

    ``withdrawn``: had begun to sound when it showed that the caller was not done.
    """

    turns: tuple[TurnSeen, ...]
    withdrawn: tuple[TurnSeen, ...]
    hushed: tuple[Hushed, ...]


@dataclass(slots=True)
class _Reading:
    prepared: dict[int, Prepare] = field(default_factory=dict)
    turns: dict[int, TurnSeen] = field(default_factory=dict)
    withdrawn: list[TurnSeen] = field(default_factory=list)
    hushed: list[Hushed] = field(default_factory=list)
    in_doubt: tuple[int, int] | None = None  # when, and which turn


def history(taken: Iterable[Taken]) -> History:
    """Read the turns out of cues and commands."""
    seen = _Reading()
    for cue, commands in taken:
        for command in commands:
            if not isinstance(cue, LineDropped):
                _note_yielding(seen, command, cue.at_ms)
            _note_turn(seen, command)
    return History(tuple(seen.turns.values()), tuple(seen.withdrawn), tuple(seen.hushed))


def _note_turn(seen: _Reading, command: Command) -> None:
    match command:
        case Prepare():
            seen.prepared[command.turn] = command
        case Measure(stage=Stage.SPEECH_END):
            asked = seen.prepared[command.turn]
            seen.turns[command.turn] = TurnSeen(asked.turn, asked.kind, asked.text, command.at_ms)
        case Measure(stage=Stage.DECIDED) if command.turn in seen.turns:
            turn = seen.turns[command.turn]
            seen.turns[command.turn] = replace(turn, decided_ms=command.at_ms)
        case Measure(stage=Stage.FIRST_SENT) if command.turn in seen.turns:
            turn = seen.turns[command.turn]
            if turn.first_sent_ms is None:
                seen.turns[command.turn] = replace(turn, first_sent_ms=command.at_ms)
        case Drop():
            dropped = seen.turns.pop(command.turn, None)
            if dropped is not None and dropped.first_sent_ms is not None:
                seen.withdrawn.append(dropped)
        case _:
            pass


def _note_yielding(seen: _Reading, command: Command, at_ms: int) -> None:
    """A hush of a reply that sounded, and how it ended."""
    match command:
        case Hush():
            replied = seen.turns.get(command.turn)
            if replied is not None and replied.first_sent_ms is not None:
                seen.in_doubt = (at_ms, command.turn)
        case Silence() | Drop() | Release() if seen.in_doubt is not None:
            hushed_at, turn_number = seen.in_doubt
            if command.turn == turn_number:
                yielded = not isinstance(command, Release)
                seen.hushed.append(Hushed(hushed_at, turn_number, yielded))
                seen.in_doubt = None
        case _:
            pass
