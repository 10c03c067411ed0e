"""Moves that all parts of the reducer make: following the table, preparing, adopting, voicing."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from core.speech import MustHear, TurnKind
from voice.call_state import CallState, PendingTurn, Reply, Speech
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    Drop,
    Measure,
    Prepare,
    Release,
    SetTimer,
    Speak,
    Stage,
)
from voice.cues import Timer
from voice.ports import Transcript
from voice.turns import TurnCue, follow

Step: TypeAlias = tuple[CallState, tuple[Command, ...]]


def moved(state: CallState, cue: TurnCue) -> CallState:
    """The state with its turn moved along the table."""
    return state._replace(turn=follow(state.turn, cue))


def joined(*texts: str) -> str:
    """Texts one after the other, without the empty ones."""
    return " ".join(text for text in texts if text)


def same_words(one: str, other: str) -> bool:
    """Whether two transcripts say the same; case and punctuation do not count."""
    return _bare(one) == _bare(other)


def spoken_turn(speech: Speech, words: Transcript | None, *, decided_ms: int) -> PendingTurn:
    """The turn that ``speech`` is; without ``words`` nothing of it was understood."""
    turn = PendingTurn(
        kind=TurnKind.SPEECH,
        text="",
        confidence=0.0,
        audio_ms=speech.audio_ms,
        speech_end_ms=speech.voice_at_ms,
        decided_ms=decided_ms,
        transcript_ms=speech.decoded_ms,
        speech=speech,
    )
    if words is None:
        return turn
    return turn._replace(
        text=words.text,
        confidence=words.confidence,
        audio_ms=words.audio_ms,
        language=words.language,
        language_probability=words.language_probability,
    )


def prepare(state: CallState, turn: PendingTurn) -> Step:
    """Begin an answer to ``turn`` ahead of its time; there must be none ahead yet."""
    number = state.number + 1
    draft = state.drafts + 1
    ahead = Reply(turn=number, draft=draft, asked=turn, heard_before=state.heard)
    command = Prepare(
        turn=number,
        draft=draft,
        kind=turn.kind,
        text=turn.text,
        confidence=turn.confidence,
        audio_ms=turn.audio_ms,
        heard=state.heard,
        digits=turn.digits,
        language=turn.language,
        language_probability=turn.language_probability,
        ends_call=turn.ends_call,
    )
    return state._replace(ahead=ahead, drafts=draft), (command,)


def forget_ahead(state: CallState) -> Step:
    """Drop the answer that was prepared ahead, if there is one."""
    if state.ahead is None:
        return state, ()
    return state._replace(ahead=None), (Drop(state.ahead.turn),)


def answer(state: CallState, turn: PendingTurn) -> Step:
    """Answer ``turn`` now, or as soon as the turn before is committed.

    What was prepared ahead is adopted if it answers the same words, else it is dropped.
    """
    reply = state.reply
    if reply is not None and not reply.committed:
        return state._replace(pending=turn), ()
    commands: list[Command] = []
    if state.ahead is not None and not _answers(state.ahead, turn):
        state, dropped = forget_ahead(state)
        commands.extend(dropped)
    if state.ahead is None:
        state, begun = prepare(state, turn)
        commands.extend(begun)
    state, adopted = _adopt(state, turn)
    return state, (*commands, *adopted)


def voice(state: CallState, reply: Reply, text: str, must_hear: tuple[MustHear, ...] = ()) -> Step:
    """Voice one sentence of ``reply``, the present one; one that was silenced stays unheard."""
    if reply.silenced:
        return _keep_unvoiced(state, reply, text), ()
    reply, number = say(state, reply, text, must_hear)
    state = state._replace(reply=reply, utterances=number)
    if reply.hushed:  # it may be silenced yet, and what was heard is told already
        state = _with_unheard(state, reply, text)
    return state, (Speak(reply.turn, number, text, bool(must_hear)),)


def say(
    state: CallState, reply: Reply, text: str, must_hear: tuple[MustHear, ...]
) -> tuple[Reply, int]:
    """``reply`` with one more sentence outstanding, and that sentence's number."""
    number = state.utterances + 1
    proofs = ((number, must_hear),) if must_hear else ()
    reply = reply._replace(
        spoken=(*reply.spoken, (number, text)),
        outstanding=reply.outstanding | {number},
        must_hear=(*reply.must_hear, *proofs),
    )
    return reply, number


def commit_when_due(state: CallState) -> Step:
    """Make the turn true once its answer is whole, unless it may still be withdrawn."""
    reply = state.reply
    if reply is None or not reply.drafted or reply.committing or reply.committed:
        return state, ()
    if reply.hushed or (reply.outstanding and not reply.kept):
        return state, ()
    return state._replace(reply=reply._replace(committing=True)), (Commit(reply.turn),)


def _adopt(state: CallState, turn: PendingTurn) -> Step:
    """What is ahead becomes the reply: let it sound."""
    reply = state.ahead
    assert reply is not None
    said_ms = turn.speech.audio_ms if turn.speech is not None else None
    # Kept at once if there is nothing that the caller could go on with, or enough of it.
    kept = said_ms is None or said_ms >= state.patience.longest_turn_ms
    reply = reply._replace(asked=turn, kept=kept)
    state = state._replace(reply=reply, ahead=None, pending=None, number=reply.turn)
    commands: list[Command] = [
        Measure(reply.turn, Stage.SPEECH_END, turn.speech_end_ms),
        Measure(reply.turn, Stage.DECIDED, turn.decided_ms),
        Measure(reply.turn, Stage.TRANSCRIPT, turn.transcript_ms),
        Release(reply.turn),
    ]
    if not reply.answering and not reply.drafted:
        commands.append(SetTimer(Timer.BRAIN, state.patience.brain_ms))
    state = state._replace(reply=reply._replace(waiting=()))
    for text, must_hear in reply.waiting:
        assert state.reply is not None
        state, voiced = voice(state, state.reply, text, must_hear)
        commands.extend(voiced)
    state, due = commit_when_due(state)
    return state, (*commands, *due)


def take_back(state: CallState) -> Step:
    """The turn was not over: its answer is ahead of its time again, and unheard."""
    reply = state.reply
    assert reply is not None
    state = state._replace(reply=None, ahead=reply, number=state.number - 1)
    return state, (CancelTimer(Timer.BRAIN), CancelTimer(Timer.KEEP))


def _answers(ahead: Reply, turn: PendingTurn) -> bool:
    asked = ahead.asked
    return (
        asked is not None
        and asked.kind is turn.kind
        and asked.digits == turn.digits
        and same_words(asked.text, turn.text)
    )


def _keep_unvoiced(state: CallState, reply: Reply, text: str) -> CallState:
    """A sentence that came after the caller cut in counts as unheard."""
    if state.heard is not None and state.heard.turn == reply.turn:
        return _with_unheard(state, reply, text)
    return state._replace(reply=reply._replace(unvoiced=(*reply.unvoiced, text)))


def _with_unheard(state: CallState, reply: Reply, text: str) -> CallState:
    heard = state.heard
    if heard is None or heard.turn != reply.turn:
        return state
    return state._replace(heard=replace(heard, unheard=joined(heard.unheard, text)))


def _bare(text: str) -> str:
    kept = "".join(c if c.isalnum() or c == "'" else " " for c in text.casefold())
    return " ".join(kept.split())
