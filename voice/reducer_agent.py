"""The agent's part of the reducer: sentences, commits, sound, and what was heard of it."""

from __future__ import annotations

from core.call import EndReason
from core.speech import Evidence
from voice.call_state import CallState, Reply
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    EndCall,
    Measure,
    Prove,
    Release,
    SetTimer,
    Silence,
    Speak,
    Stage,
)
from voice.cues import (
    CommitFailed,
    DraftEnded,
    PieceReady,
    SoundMade,
    SoundPlayed,
    SoundStarted,
    Timer,
    TimerFired,
    TurnCommitted,
    UtterancePlayed,
)
from voice.reducer_finish import finish_if_heard
from voice.reducer_moves import (
    Step,
    answer,
    commit_when_due,
    forget_ahead,
    moved,
    say,
    voice,
)
from voice.turns import Turn, TurnCue

LAST_WORDS_MS = 20_000  # so long, at most, a caller who is speaking is heard out
TIME_UP_AGAIN_MS = 1000


def piece_ready(state: CallState, cue: PieceReady) -> Step:
    """A sentence is ready: voice it, unless the caller has cut in meanwhile.

    With the first one the brain is no longer late; how long the rest may take is its own affair.
    Of an answer that is ahead of its time only the first sentence is voiced, and does not sound.
    """
    ahead, reply = state.ahead, state.reply
    measured = _piece_measured(cue)
    if ahead is not None and ahead.draft == cue.draft:
        if ahead.answering:
            later = (cue.piece.text, cue.piece.must_hear)
            ahead = ahead._replace(waiting=(*ahead.waiting, later))
            return state._replace(ahead=ahead), ()
        ahead, number = say(state, ahead, cue.piece.text, cue.piece.must_hear)
        state = state._replace(ahead=ahead._replace(answering=True), utterances=number)
        return state, (
            *measured,
            Speak(cue.turn, number, cue.piece.text, bool(cue.piece.must_hear)),
        )
    if reply is None or reply.draft != cue.draft or state.leaving is not None:
        return state, ()
    first = () if reply.answering else (CancelTimer(Timer.BRAIN),)
    reply = reply._replace(answering=True)
    state, commands = voice(state, reply, cue.piece.text, cue.piece.must_hear)
    if not commands and state.reply is not None:
        state = state._replace(reply=state.reply._replace(answering=True))
    return state, (*measured, *first, *commands)


def draft_ended(state: CallState, cue: DraftEnded) -> Step:
    """The brain is done: the turn can be made true."""
    ahead, reply = state.ahead, state.reply
    if ahead is not None and ahead.draft == cue.draft:
        if cue.failed:
            return forget_ahead(state)  # it is asked again if the turn is really over
        return state._replace(ahead=ahead._replace(drafted=True)), ()
    if reply is None or reply.draft != cue.draft or state.leaving is not None:
        return state, ()
    if cue.failed and not reply.committing:
        return _apologise(state)
    state = state._replace(reply=reply._replace(drafted=True))
    state, commands = commit_when_due(state)
    return state, (CancelTimer(Timer.BRAIN), *commands)


def turn_committed(state: CallState, cue: TurnCommitted) -> Step:
    """The turn is true: voice what had to wait, and answer what the caller said meanwhile."""
    reply = _current(state, cue.turn)
    if reply is None:
        return state, ()
    if state.leaving is not None:
        return state._replace(reply=reply._replace(committed=True)), ()
    reply = reply._replace(committed=True, ends_call=cue.ends_call)
    state = state._replace(reply=reply, expects=cue.expects)
    commands: list[Command] = [CancelTimer(Timer.BRAIN)]
    for piece in cue.voice_now:
        assert state.reply is not None
        state, voiced = voice(state, state.reply, piece.text, piece.must_hear)
        commands.append(Measure(cue.turn, Stage.FIRST_CLAUSE, cue.at_ms))
        commands.extend(voiced)
    if state.pending is not None:
        state, more = answer(state, state.pending)
    else:
        state, more = finish_if_heard(state, cue.at_ms)
    return state, (*commands, *more)


def commit_failed(state: CallState, cue: CommitFailed) -> Step:
    """The turn could not be stored: say so and leave, since nothing after it could be kept."""
    reply = _current(state, cue.turn)
    if reply is None:
        return state, ()
    refused = reply._replace(committing=True, committed=True, refused=True)
    state = state._replace(reply=refused, digits="")
    return (state, ()) if state.leaving is not None else _apologise(state)


def brain_is_late(state: CallState, cue: TimerFired) -> Step:
    """No answer within the limit."""
    reply = state.reply
    if reply is None or state.leaving is not None:
        return state, ()
    if reply.answering or reply.drafted or reply.committed:
        return state, ()
    return _apologise(state)


def keep(state: CallState, cue: TimerFired) -> Step:
    """The reply has sounded long enough: from now on the caller interrupts it."""
    reply = state.reply
    if reply is None or reply.hushed:
        return state, ()
    return commit_when_due(state._replace(reply=reply._replace(kept=True)))


def time_is_up(state: CallState, cue: TimerFired) -> Step:
    """The call has lasted as long as a call may: take leave in words, after the caller's own."""
    if state.leaving is not None:
        return state, ()
    speech = state.speech
    unanswered = state.pending is not None or (speech is not None and speech.is_open)
    if unanswered and cue.at_ms < state.patience.longest_call_ms + LAST_WORDS_MS:
        return state, (SetTimer(Timer.CALL, TIME_UP_AGAIN_MS),)
    return _say_and_leave(state, state.time_up, EndReason.AGENT_HUNG_UP)


def sound_made(state: CallState, cue: SoundMade) -> Step:
    """The voice made its first audio for a reply."""
    for reply in (state.ahead, state.reply):
        if reply is not None and cue.utterance in reply.outstanding:
            return state, (Measure(cue.turn, Stage.FIRST_AUDIO, cue.at_ms),)
    return state, ()


def sound_started(state: CallState, cue: SoundStarted) -> Step:
    """The caller is about to hear the reply, or hears it again after a silence."""
    reply = _current(state, cue.turn)
    if reply is None or reply.silenced or reply.hushed:
        return state, ()
    commands: list[Command] = [Measure(cue.turn, Stage.FIRST_SENT, cue.at_ms)]
    if state.turn is Turn.PROCESSING:
        state = moved(state, TurnCue.REPLY_STARTED)._replace(speech=None, loud_windows=0)
    if reply.is_open:
        commands.append(SetTimer(Timer.KEEP, state.patience.keep_ms))
    return state._replace(reply=reply._replace(sounding=True)), tuple(commands)


def sound_played(state: CallState, cue: SoundPlayed) -> Step:
    """A mark proved that the reply is being heard."""
    if _current(state, cue.turn) is None:
        return state, ()
    return state, (Measure(cue.turn, Stage.FIRST_PLAYED, cue.at_ms),)


def utterance_played(state: CallState, cue: UtterancePlayed) -> Step:
    """One sentence was heard to its end."""
    reply = _current(state, cue.turn)
    if reply is None:
        return state, ()
    proofs = tuple(
        Prove(Evidence(cue.turn, what, cue.mark, cue.at_ms))
        for number, told in reply.must_hear
        if number == cue.utterance and cue.mark
        for what in told
    )
    if cue.utterance not in reply.outstanding:
        return state, proofs  # the reply was silenced since: what was heard by then was heard
    reply = _without(reply, cue)._replace(
        outstanding=reply.outstanding - {cue.utterance}, kept=reply.kept or cue.voiced
    )
    state, commands = commit_when_due(state._replace(reply=reply))
    state, more = finish_if_heard(state, cue.at_ms)
    return state, (*proofs, *commands, *more)


def _without(reply: Reply, cue: UtterancePlayed) -> Reply:
    """``reply`` without what was not heard of one sentence."""
    if not cue.unheard:
        return reply
    spoken = tuple(
        (number, text.removesuffix(cue.unheard).strip() if number == cue.utterance else text)
        for number, text in reply.spoken
    )
    return reply._replace(spoken=spoken, lost=(*reply.lost, cue.unheard.strip()))


def _current(state: CallState, turn: int) -> Reply | None:
    reply = state.reply
    return reply if reply is not None and reply.turn == turn else None


def _piece_measured(cue: PieceReady) -> tuple[Command, ...]:
    clause = Measure(cue.turn, Stage.FIRST_CLAUSE, cue.at_ms)
    if cue.token_ms is None:
        return (clause,)
    return (Measure(cue.turn, Stage.FIRST_TOKEN, cue.token_ms), clause)


def _as_heard(state: CallState, reply: Reply) -> Reply:
    """``reply``, of which nothing more will sound if it is silent now."""
    heard = state.heard
    if not (reply.hushed or reply.silenced) or heard is None or heard.turn != reply.turn:
        return reply
    lost = (heard.unheard, *reply.unvoiced)
    return reply._replace(spoken=((0, heard.text),), lost=lost, outstanding=frozenset())


def _apologise(state: CallState) -> Step:
    """Something broke: keep what the caller said, say sorry, leave."""
    return _say_and_leave(state, state.apology, EndReason.INTERNAL_ERROR)


def _say_and_leave(state: CallState, line: str, reason: EndReason) -> Step:
    """Commit what is open, say ``line``, hang up once it was heard."""
    state, dropped = forget_ahead(state)
    reply = state.reply
    commands: list[Command] = [
        *dropped,
        *(CancelTimer(timer) for timer in (Timer.BRAIN, Timer.SILENCE, Timer.VERDICT, Timer.KEEP)),
    ]
    if reply is not None and not reply.committing and not reply.committed:
        commands.append(Commit(reply.turn))
    state = state._replace(leaving=reason, pending=None, orders=(), speech=None)
    if state.turn is Turn.LISTENING:
        state = moved(state, TurnCue.CALLER_FINISHED)
    if state.turn is Turn.INTERRUPTED:
        return moved(state, TurnCue.HUNG_UP), (*commands, EndCall(reason))
    if reply is None:  # the last one was withdrawn
        reply = Reply(turn=state.number + 1, draft=0, committed=True)
    elif reply.hushed:
        commands.append(Silence(reply.turn))
    reply = _as_heard(state, reply)._replace(
        committing=True, kept=True, silenced=False, hushed=False, farewell=True
    )
    state, voiced = voice(state, reply, line)
    return state, (*commands, *voiced, Release(reply.turn))
