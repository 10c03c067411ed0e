"""Interruptions: the agent falls silent at once, and then it is judged whether it had to.

Theory. Silence must come sooner than certainty. So the first sound of the caller hushes the
agent: the carrier's buffer is cleared, and what was not heard yet is kept. Then the sound is
probed for words. Words that mean something make it an interruption: the rest of the reply is
forgotten and counts as unheard. No words, or only a "mm-hm", within a second: the agent goes on
from the first word that was not heard, and the next sound has to be surer.

A reply that has only just begun, for the first time, is not cut but withdrawn: the caller had not
finished, and what they said before and after the pause is one turn. Nothing of it is true.
"""

from __future__ import annotations

from dataclasses import replace

from core.speech import Heard
from voice.call_state import CallState, Reply, Speech
from voice.commands import CancelTimer, Command, Commit, Drop, Release, SetTimer, Silence
from voice.cues import PlaybackStopped, Timer, TimerFired, TranscriptReady
from voice.interruption import is_interruption
from voice.reducer_finish import finish_if_heard
from voice.reducer_moves import Step, commit_when_due, joined, moved
from voice.turns import Turn, TurnCue


def playback_stopped(state: CallState, cue: PlaybackStopped) -> Step:
    """The sound is off; the caller has the floor."""
    reply = state.reply
    if reply is not None and reply.turn == cue.heard.turn:
        state = state._replace(reply=reply._replace(unvoiced=()), heard=heard_of(reply, cue.heard))
    if state.turn is Turn.INTERRUPTED:
        state = moved(state, TurnCue.PLAYBACK_STOPPED)._replace(silent_since_ms=cue.at_ms)
    return state, ()


def heard_of(reply: Reply, played: Heard) -> Heard:
    """What was heard of the whole reply, when ``played`` is what became of its sound."""
    return replace(played, unheard=joined(played.unheard, *reply.unvoiced))


def probed(state: CallState, speech: Speech, cue: TranscriptReady) -> Step:
    """What the caller has said so far, while they go on."""
    speech = speech._replace(probing=False)
    state = state._replace(speech=speech)
    text = cue.transcript.text if cue.transcript is not None else ""
    if not speech.in_doubt or not is_interruption(text, state.heard):
        return state, ()
    return confirm(state, speech)


def verdict_is_due(state: CallState, cue: TimerFired) -> Step:
    """The agent has been silent for as long as a noise may silence it."""
    speech, patience = state.speech, state.patience
    if speech is None or not speech.in_doubt:
        return state, ()
    likely = speech.voiced_ms >= patience.sure_voice_ms
    goes_on = cue.at_ms - speech.voice_at_ms < patience.resume_ms  # and is probed again
    asked = speech.decoding or (likely and (speech.probing or goes_on))
    waits = asked and cue.at_ms - speech.began_at_ms < patience.doubt_ms
    if waits or state.turn is Turn.INTERRUPTED:
        return state, (SetTimer(Timer.VERDICT, patience.verdict_again_ms),)
    if state.turn is Turn.LISTENING:  # else it was judged over, and the ears are too slow
        state = moved(state, TurnCue.FALSE_ALARM)
    return false_alarm(state, cue.at_ms)


def false_alarm(state: CallState, at_ms: int) -> Step:
    """It was nothing: go on from the first unheard word. The turn is PROCESSING again."""
    reply = state.reply
    assert reply is not None
    state = state._replace(
        speech=None,
        loud_windows=0,
        onset=state.onset.raised(),
        reply=reply._replace(hushed=False, kept=reply.kept or reply.sounding),
    )
    state, due = commit_when_due(state)
    state, more = finish_if_heard(state, at_ms)
    return state, (CancelTimer(Timer.VERDICT), Release(reply.turn), *due, *more)


def confirm(state: CallState, speech: Speech) -> Step:
    """It is an interruption: nothing more of the reply sounds."""
    reply = state.reply
    assert reply is not None
    commands: list[Command] = [CancelTimer(Timer.VERDICT), CancelTimer(Timer.KEEP)]
    speech = speech._replace(in_doubt=False)
    if reply.is_open:
        return _withdraw(state, reply, speech, commands)
    state, silenced = silence(state, reply)
    return state._replace(speech=speech), (*commands, *silenced)


def silence(state: CallState, reply: Reply) -> Step:
    """Nothing more of ``reply`` sounds; what was made of it so far becomes true."""
    commands: list[Command] = [Silence(reply.turn)]
    if not reply.committing and not reply.committed:
        commands += [CancelTimer(Timer.BRAIN), Commit(reply.turn)]
    reply = reply._replace(
        hushed=False, silenced=True, kept=True, committing=True, outstanding=frozenset()
    )
    return state._replace(reply=reply), tuple(commands)


def _withdraw(state: CallState, reply: Reply, speech: Speech, commands: list[Command]) -> Step:
    """The caller had not finished: what they said before belongs to what they say now."""
    before = reply.asked.speech if reply.asked is not None else None
    if before is not None:
        speech = speech._replace(
            from_ms=before.from_ms,
            voiced_ms=before.voiced_ms + speech.voiced_ms,
            drafts=before.drafts,
            attempt=speech.attempt + 1,  # the words in hand are those of the second part only
            decoding=False,
            decoded=False,
            transcript=None,
            asked=False,
            complete=None,
        )
    state = state._replace(
        speech=speech, reply=None, number=state.number - 1, heard=reply.heard_before
    )
    return state, (*commands, CancelTimer(Timer.BRAIN), Drop(reply.turn))
