"""Moves that both halves of the reducer make: following the table, asking for an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from core.speech import TurnKind
from voice.call_state import CallState, PendingTurn, Reply, Speech
from voice.commands import Command, Measure, Prepare, SetTimer, Stage
from voice.cues import Timer
from voice.ports import Transcript
from voice.turns import TurnCue, follow

Step: TypeAlias = tuple[CallState, tuple[Command, ...]]


def moved(state: CallState, cue: TurnCue) -> CallState:
    """The state with its turn moved along the table."""
    return replace(state, turn=follow(state.turn, cue))


def spoken_turn(
    speech: Speech, words: Transcript | None, *, decided_ms: int, transcript_ms: int
) -> PendingTurn:
    """The turn that ``speech`` is; without ``words`` nothing of it was understood."""
    turn = PendingTurn(
        kind=TurnKind.SPEECH,
        text="",
        confidence=0.0,
        audio_ms=speech.audio_ms,
        speech_end_ms=speech.voice_at_ms,
        decided_ms=decided_ms,
        transcript_ms=transcript_ms,
    )
    if words is None:
        return turn
    return replace(
        turn,
        text=words.text,
        confidence=words.confidence,
        audio_ms=words.audio_ms,
        language=words.language,
        language_probability=words.language_probability,
    )


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
        language=turn.language,
        language_probability=turn.language_probability,
    )
    state = replace(state, number=number, pending=None, reply=Reply(turn=number))
    return state, (
        Measure(number, Stage.SPEECH_END, turn.speech_end_ms),
        Measure(number, Stage.DECIDED, turn.decided_ms),
        Measure(number, Stage.TRANSCRIPT, turn.transcript_ms),
        command,
        SetTimer(Timer.BRAIN, state.patience.brain_ms),
    )
