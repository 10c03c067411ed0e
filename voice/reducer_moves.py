"""Moves that both halves of the reducer make: following the table, asking for an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from voice.call_state import CallState, PendingTurn, Reply
from voice.commands import Command, Measure, Prepare, SetTimer, Stage
from voice.cues import Timer
from voice.turns import TurnCue, follow

Step: TypeAlias = tuple[CallState, tuple[Command, ...]]


def moved(state: CallState, cue: TurnCue) -> CallState:
    """The state with its turn moved along the table."""
    return replace(state, turn=follow(state.turn, cue))


def answer(state: CallState, turn: PendingTurn) -> Step:
    """Ask for an answer to ``turn`` now, or as soon as the turn before is committed."""
    reply = state.reply
    if reply is not None and not reply.committed:
        return replace(state, pending=turn), ()
    number = state.number + 1
    command = Prepare(
        turn=number,
        kind=turn.kind,
        text=turn.text,
        confidence=turn.confidence,
        audio_ms=turn.audio_ms,
        heard=state.heard,
        digits=turn.digits,
    )
    state = replace(state, number=number, pending=None, reply=Reply(turn=number))
    return state, (
        Measure(number, Stage.SPEECH_END, turn.speech_end_ms),
        Measure(number, Stage.DECIDED, turn.decided_ms),
        Measure(number, Stage.TRANSCRIPT, turn.transcript_ms),
        command,
        SetTimer(Timer.BRAIN, state.patience.brain_ms),
    )
