"""The agent's half of the reducer: sentences, commits, sound, and what was heard of it."""

from __future__ import annotations

from dataclasses import replace

from core.call import EndReason
from core.speech import Heard
from voice.call_state import CallState, Reply
from voice.commands import CancelTimer, Command, Commit, EndCall, Measure, SetTimer, Speak, Stage
from voice.cues import (
    CommitFailed,
    DraftEnded,
    PieceReady,
    PlaybackStopped,
    SoundMade,
    SoundPlayed,
    SoundStarted,
    Timer,
    TimerFired,
    TurnCommitted,
    UtterancePlayed,
)
from voice.reducer_moves import Step, answer, moved
from voice.turns import Turn, TurnCue


def piece_ready(state: CallState, cue: PieceReady) -> Step:
    """A sentence is ready: voice it, unless the caller has cut in meanwhile.

    With the first one the brain is no longer late; how long the rest may take is its own affair.
    """
    reply = _current(state, cue.turn)
    if reply is None or state.leaving is not None:
        return state, ()
    first = () if reply.answering else (CancelTimer(Timer.BRAIN),)
    state, commands = _voice(state, replace(reply, answering=True), cue.piece.text)
    return state, (Measure(cue.turn, Stage.FIRST_TOKEN, cue.at_ms), *first, *commands)


def draft_ended(state: CallState, cue: DraftEnded) -> Step:
    """The brain is done: make the turn true."""
    reply = _current(state, cue.turn)
    if reply is None or state.leaving is not None:
        return state, ()
    if cue.failed:
        return _apologise(state)
    state = replace(state, reply=replace(reply, drafted=True, committing=True))
    commands: list[Command] = [CancelTimer(Timer.BRAIN)]
    if not reply.committing and not reply.committed:
        commands.append(Commit(reply.turn))
    return state, tuple(commands)


def turn_committed(state: CallState, cue: TurnCommitted) -> Step:
    """The turn is true: voice what had to wait, and answer what the caller said meanwhile."""
    reply = _current(state, cue.turn)
    if reply is None or state.leaving is not None:
        return state, ()
    reply = replace(reply, committed=True, ends_call=cue.ends_call)
    state = replace(state, reply=reply, expects=cue.expects)
    commands: list[Command] = [CancelTimer(Timer.BRAIN)]
    for piece in cue.voice_now:
        assert state.reply is not None
        state, voiced = _voice(state, state.reply, piece.text)
        commands.append(Measure(cue.turn, Stage.FIRST_TOKEN, cue.at_ms))
        commands.extend(voiced)
    if state.pending is not None:
        state, more = answer(state, state.pending)
    else:
        state, more = _finish_if_heard(state)
    return state, (*commands, *more)


def commit_failed(state: CallState, cue: CommitFailed) -> Step:
    """The turn could not be stored: say so and leave, since nothing after it could be kept."""
    if _current(state, cue.turn) is None or state.leaving is not None:
        return state, ()
    return _apologise(state)


def brain_is_late(state: CallState, cue: TimerFired) -> Step:
    """No answer within the limit."""
    reply = state.reply
    if reply is None or state.leaving is not None:
        return state, ()
    if reply.answering or reply.drafted or reply.committed:
        return state, ()
    return _apologise(state)


def time_is_up(state: CallState, cue: TimerFired) -> Step:
    """The call has lasted as long as a call may: take leave in words."""
    if state.leaving is not None:
        return state, ()
    return _say_and_leave(state, state.time_up, EndReason.AGENT_HUNG_UP)


def sound_made(state: CallState, cue: SoundMade) -> Step:
    """The voice made its first audio for this reply."""
    return state, (Measure(cue.turn, Stage.FIRST_AUDIO, cue.at_ms),)


def sound_started(state: CallState, cue: SoundStarted) -> Step:
    """The caller is about to hear the reply."""
    reply = _current(state, cue.turn)
    if reply is None or reply.silenced:
        return state, ()
    if state.turn is Turn.PROCESSING:
        state = replace(moved(state, TurnCue.REPLY_STARTED), speech=None, loud_windows=0)
    return state, (Measure(cue.turn, Stage.FIRST_SENT, cue.at_ms),)


def sound_played(state: CallState, cue: SoundPlayed) -> Step:
    """A mark proved that the reply is being heard."""
    return state, (Measure(cue.turn, Stage.FIRST_PLAYED, cue.at_ms),)


def utterance_played(state: CallState, cue: UtterancePlayed) -> Step:
    """One sentence was heard to its end."""
    reply = _current(state, cue.turn)
    if reply is None or cue.utterance not in reply.outstanding:
        return state, ()
    reply = replace(reply, outstanding=reply.outstanding - {cue.utterance})
    return _finish_if_heard(replace(state, reply=reply))


def playback_stopped(state: CallState, cue: PlaybackStopped) -> Step:
    """The sound is off; the caller has the floor."""
    reply = _current(state, cue.heard.turn)
    if reply is not None:
        heard = heard_of(reply, cue.heard)
        reply = replace(reply, outstanding=frozenset(), silenced=True, unvoiced=())
        state = replace(state, reply=reply, heard=heard)
    if state.turn is Turn.INTERRUPTED:
        state = moved(state, TurnCue.PLAYBACK_STOPPED)
    return state, ()


def go_on_speaking(state: CallState) -> Step | None:
    """It was a false alarm: go on from the first unheard word. None when all was heard."""
    reply, heard = state.reply, state.heard
    if reply is None or not reply.committed or heard is None or heard.turn != reply.turn:
        return None
    if heard.complete:
        return None
    reply = replace(
        reply,
        silenced=False,
        heard_prefix=heard.text,
        heard_ms=heard.heard_ms,
        spoken=(),
        unvoiced=(),
    )
    return _voice(replace(state, reply=reply, speech=None), reply, heard.unheard)


def heard_of(reply: Reply, played: Heard) -> Heard:
    """What was heard of the whole reply, when ``played`` is the part that was being voiced."""
    return Heard(
        turn=reply.turn,
        text=_joined(reply.heard_prefix, played.text),
        unheard=_joined(played.unheard, *reply.unvoiced),
        heard_ms=reply.heard_ms + played.heard_ms,
    )


def commit_of(reply: Reply) -> Commit:
    """The command that makes the turn of ``reply`` true."""
    return Commit(reply.turn)


def _current(state: CallState, turn: int) -> Reply | None:
    reply = state.reply
    return reply if reply is not None and reply.turn == turn else None


def _voice(state: CallState, reply: Reply, text: str) -> Step:
    if reply.silenced:
        return _keep_unvoiced(state, reply, text), ()
    number = state.utterances + 1
    reply = replace(reply, spoken=(*reply.spoken, text), outstanding=reply.outstanding | {number})
    return replace(state, reply=reply, utterances=number), (Speak(reply.turn, number, text),)


def _keep_unvoiced(state: CallState, reply: Reply, text: str) -> CallState:
    """A sentence that came after the caller cut in counts as unheard."""
    heard = state.heard
    if heard is not None and heard.turn == reply.turn:
        return replace(state, heard=replace(heard, unheard=_joined(heard.unheard, text)))
    return replace(state, reply=replace(reply, unvoiced=(*reply.unvoiced, text)))


def _finish_if_heard(state: CallState) -> Step:
    """The reply is over once it is committed and its last word was played."""
    reply = state.reply
    if reply is None or reply.silenced or reply.outstanding or not reply.committed:
        return state, ()
    if state.turn not in (Turn.SPEAKING, Turn.PROCESSING):
        return state, ()
    heard = Heard(
        turn=reply.turn,
        text=_joined(reply.heard_prefix, *reply.spoken),
        unheard="",
        heard_ms=reply.heard_ms,
    )
    state = replace(moved(state, TurnCue.REPLY_FINISHED), heard=heard, speech=None, loud_windows=0)
    if reply.ends_call or state.leaving is not None:
        state = replace(state, leaving=state.leaving or EndReason.AGENT_HUNG_UP)
        return state, (SetTimer(Timer.DRAIN, state.patience.drain_ms),)
    return state, (SetTimer(Timer.SILENCE, state.patience.silence_ms),)


def _apologise(state: CallState) -> Step:
    """Something broke: keep what the caller said, say sorry, leave."""
    return _say_and_leave(state, state.apology, EndReason.INTERNAL_ERROR)


def _say_and_leave(state: CallState, line: str, reason: EndReason) -> Step:
    """Commit what is open, say ``line``, hang up once it was heard."""
    reply = state.reply
    commands: list[Command] = [CancelTimer(Timer.BRAIN), CancelTimer(Timer.SILENCE)]
    if reply is not None and not reply.committing and not reply.committed:
        commands.append(commit_of(reply))
    state = replace(state, leaving=reason, pending=None)
    if state.turn is Turn.LISTENING:
        state = moved(state, TurnCue.CALLER_FINISHED)
    if reply is None or state.turn is Turn.INTERRUPTED:
        return moved(state, TurnCue.HUNG_UP), (*commands, EndCall(reason))
    state, voiced = _voice(state, replace(reply, committed=True, silenced=False), line)
    return state, (*commands, *voiced)


def _joined(*texts: str) -> str:
    return " ".join(text for text in texts if text)
