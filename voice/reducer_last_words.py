"""After the line went dead: what the caller said last is still heard, answered and stored.

"Stop calling me" and a click is how people opt out. So a hang-up does not throw away the segment
that was just being spoken, nor the answer in the making: the words are decoded, the turn is
prepared without a sound and committed with its effects, and only then the call ends. A grace
period bounds it.
"""

from __future__ import annotations

from core.call import EndReason
from voice.call_state import CallState, PendingTurn, Reply, Speech
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    EndCall,
    Hush,
    Release,
    SetTimer,
    Speak,
    Transcribe,
)
from voice.cues import (
    CommitFailed,
    Cue,
    DraftEnded,
    PieceReady,
    PlaybackStopped,
    Timer,
    TimerFired,
    TranscriptReady,
    TurnCommitted,
)
from voice.reducer_finish import keys_as_turn
from voice.reducer_interruption import playback_stopped
from voice.reducer_moves import Step, answer, forget_ahead, moved, spoken_turn
from voice.turns import TurnCue


def leave(state: CallState, reason: EndReason, at_ms: int) -> Step:
    """The call is over; settle what is open, then end it."""
    commands: list[Command] = [CancelTimer(timer) for timer in Timer]
    reply = state.reply
    if reply is not None:
        sounds = reply.outstanding and not (reply.hushed or reply.silenced)
        if sounds:
            commands.append(Hush(reply.turn))
        outstanding = reply.outstanding if sounds else frozenset[int]()
        reply = reply._replace(silenced=True, outstanding=outstanding)
    state = moved(state, TurnCue.HUNG_UP)._replace(gone=reason, reply=reply, orders=())
    commands.append(SetTimer(Timer.GRACE, state.patience.grace_ms))
    if reply is not None and reply.drafted:
        state, more = _commit(state, reply)
        commands.extend(more)
    speech = state.speech
    if speech is not None and speech.is_open:
        state, more = _hear_out(state, speech)
        commands.extend(more)
    state, more = _settled(state, at_ms)
    return state, (*commands, *more)


def step(state: CallState, cue: Cue) -> Step:
    """One cue of a call whose line is dead. A call that has ended stays as it is."""
    if state.gone is None:
        return state, ()
    commands: tuple[Command, ...] = ()
    match cue:
        case TranscriptReady() if not cue.probe:
            state, commands = _words(state, cue)
        case PieceReady() | DraftEnded():
            state, commands = _drafted(state, cue)
        case CommitFailed() if (reply := _current(state, cue.turn)) is not None:
            return _end(state)  # nothing that came after it could be kept
        case TurnCommitted() if (reply := _current(state, cue.turn)) is not None:
            state = state._replace(reply=reply._replace(committing=True, committed=True))
            state, commands = _answer(state, state.pending) if state.pending else (state, ())
        case PlaybackStopped():
            state, commands = playback_stopped(state, cue)
            if state.reply is not None:
                state = state._replace(reply=state.reply._replace(outstanding=frozenset()))
        case TimerFired() if cue.timer is Timer.GRACE:
            return _end(state)
        case _:
            return state, ()
    state, more = _settled(state, cue.at_ms)
    return state, (*commands, *more)


def _answer(state: CallState, turn: PendingTurn) -> Step:
    """Answer without a sound: nobody is there to hear it."""
    state, commands = answer(state, turn)
    commands = tuple(each for each in commands if not isinstance(each, Release | Speak))
    reply = state.reply
    if reply is None or reply.committed:
        return state, commands
    unvoiced = (*(text for _, text in reply.spoken), *reply.unvoiced)
    reply = reply._replace(silenced=True, spoken=(), unvoiced=unvoiced, outstanding=frozenset())
    state = state._replace(reply=reply)
    if not reply.drafted or state.pending is not None:
        return state, commands
    state, more = _commit(state, reply)
    return state, (*commands, *more)


def _hear_out(state: CallState, speech: Speech) -> Step:
    """Take the words of the segment that was being spoken."""
    if speech.decoded:
        return _take(state, speech)
    if speech.decoding:
        return state, ()
    until = speech.voice_until_ms + state.patience.decode_after_ms
    command = Transcribe(
        segment=speech.segment,
        attempt=speech.attempt,
        from_ms=speech.from_ms,
        to_ms=until,
        expects=state.expects,
        turn=state.number + 1,
    )
    return state._replace(speech=speech._replace(decoding=True)), (command,)


def _words(state: CallState, cue: TranscriptReady) -> Step:
    speech = state.speech
    if speech is None or not speech.is_open:
        return state, ()
    if (speech.segment, speech.attempt) != (cue.segment, cue.attempt):
        return state, ()
    return _take(state, speech._replace(transcript=cue.transcript, decoded=True))


def _take(state: CallState, speech: Speech) -> Step:
    words = speech.transcript
    state = state._replace(speech=speech._replace(decided=True, decoding=False))
    if words is None or not words.text:
        return state, ()
    turn = spoken_turn(speech, words, decided_ms=speech.voice_at_ms)
    return _answer(state, turn)


def _commit(state: CallState, reply: Reply) -> Step:
    if reply.committing or reply.committed:
        return state, ()
    assert state.reply is not None
    return state._replace(reply=state.reply._replace(committing=True)), (Commit(reply.turn),)


def _settled(state: CallState, at_ms: int) -> Step:
    """Answer the keys that were pressed last, and end the call once nothing is open any more."""
    speech, reply = state.speech, state.reply
    waits_for_words = speech is not None and speech.is_open and speech.decoding
    waits_for_reply = reply is not None and bool(reply.outstanding or not reply.committed)
    if waits_for_words or waits_for_reply or state.pending is not None:
        return state, ()
    if not state.digits or (reply is not None and reply.refused):
        return _end(state)
    state, turn = keys_as_turn(state, at_ms)
    return _answer(state, turn)


def _end(state: CallState) -> Step:
    reason, reply = state.gone, state.reply
    assert reason is not None
    commands: list[Command] = [CancelTimer(Timer.GRACE), CancelTimer(Timer.BRAIN)]
    if reply is not None and not reply.committing and not reply.committed:
        commands.append(Commit(reply.turn))  # with what was made of the answer so far
    state, dropped = forget_ahead(state)
    return state._replace(gone=None), (*commands, *dropped, EndCall(reason))


def _drafted(state: CallState, cue: PieceReady | DraftEnded) -> Step:
    """More of the answer in the making, or of one to what may prove to be the last words."""
    ahead, reply = state.ahead, state.reply
    if ahead is not None and ahead.draft == cue.draft:
        return _drafted_ahead(state, ahead, cue)
    if reply is None or reply.draft != cue.draft:
        return state, ()
    if isinstance(cue, DraftEnded):
        return _commit(state._replace(reply=reply._replace(drafted=True)), reply)
    unvoiced = (*reply.unvoiced, cue.piece.text)
    return state._replace(reply=reply._replace(unvoiced=unvoiced)), ()


def _drafted_ahead(state: CallState, ahead: Reply, cue: PieceReady | DraftEnded) -> Step:
    if isinstance(cue, DraftEnded):
        if cue.failed:
            return forget_ahead(state)  # it is asked for again if those are the words
        return state._replace(ahead=ahead._replace(drafted=True)), ()
    later = (cue.piece.text, cue.piece.must_hear)
    return state._replace(ahead=ahead._replace(waiting=(*ahead.waiting, later))), ()


def _current(state: CallState, turn: int) -> Reply | None:
    reply = state.reply
    return reply if reply is not None and reply.turn == turn else None
