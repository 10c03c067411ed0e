"""The caller's part of the reducer: where a stretch of speech begins, pauses and goes on."""

from __future__ import annotations

from dataclasses import replace

from core.speech import TurnKind
from voice.call_state import CallState, Order, PendingTurn, Speech
from voice.commands import CancelTimer, Command, Hush, SetTimer, Transcribe
from voice.cues import StreamStarted, Timer, VoiceWindow
from voice.echo import ECHO_SHARE
from voice.endpointing import WINDOW_MS
from voice.onset import ENOUGH, Onset
from voice.reducer_finish import says_ordered_end
from voice.reducer_moves import Step, answer, forget_ahead, moved, take_back
from voice.reducer_pause import pause_grows
from voice.turns import Turn, TurnCue


def stream_started(state: CallState, cue: StreamStarted) -> Step:
    """The line is open: the agent speaks first."""
    state = moved(state, TurnCue.CALL_STARTED)
    state = state._replace(number=cue.next_turn - 1, expects=cue.expects)
    state = moved(state, TurnCue.CALLER_FINISHED)
    at = cue.at_ms
    state, commands = answer(state, PendingTurn(TurnKind.OPENING, "", 1.0, 0, at, at, at))
    return state, (SetTimer(Timer.CALL, state.patience.longest_call_ms), *commands)


def heard_window(state: CallState, cue: VoiceWindow) -> Step:
    """One more 32 ms of the caller's line.

    Our own echo never begins a caller's turn. One that has begun goes on whatever it resembles:
    by then we are silent.
    """
    speech = state.speech
    if cue.echo >= ECHO_SHARE and (speech is None or speech.decided):
        cue = replace(cue, probability=0.0)
    onset = state.onset.hear(cue.probability, cue.level_db)
    if speech is None or speech.decided:
        return _between_turns(state, onset, cue)
    patience = state.patience
    endless = speech.audio_ms >= patience.longest_turn_ms
    if cue.probability >= patience.off_probability and not endless:
        return _with_voice(state, speech, onset, cue, WINDOW_MS)
    return pause_grows(state, speech, onset, cue)


def _between_turns(state: CallState, onset: Onset, cue: VoiceWindow) -> Step:
    """Nobody speaks, or the agent does: has the caller begun?"""
    patience = state.patience
    if state.drones:
        if cue.probability >= patience.off_probability:
            return state._replace(onset=onset), ()
        state = state._replace(drones=False)
    if state.turn is Turn.SPEAKING:
        state = state._replace(onset=onset)
        enough = ENOUGH + onset.bar + patience.barge_in_caution
        if onset.total < enough or state.leaving is not None:
            return state, ()
        return _caller_began(state, cue, onset.voiced_ms)
    loud = state.loud_windows + 1 if cue.probability >= patience.on_probability else 0
    if loud < patience.onset_windows or state.leaving is not None:
        return state._replace(onset=onset, loud_windows=loud), ()
    return _caller_began(state._replace(onset=onset, loud_windows=0), cue, loud * WINDOW_MS)


def _caller_began(state: CallState, cue: VoiceWindow, voiced_ms: int) -> Step:
    """The caller speaks: a new turn, more of the last one, or into the agent's words."""
    speech = state.speech
    if says_ordered_end(state):
        return state, ()
    if state.turn is Turn.PROCESSING and speech is not None:
        if _goes_on(state, speech):
            return _resume_segment(state, speech, cue, voiced_ms)
        if speech.is_open or state.pending is not None:
            return state, ()  # it was long enough: its words come first
    begun = Speech(
        segment=state.segments + 1,
        from_ms=max(0, cue.audio_ms - voiced_ms - state.patience.lead_in_ms),
        voice_until_ms=cue.audio_ms,
        voice_at_ms=cue.at_ms,
        voiced_ms=voiced_ms,
        began_at_ms=cue.at_ms,
    )
    reply = state.reply
    commands: list[Command] = [CancelTimer(Timer.SILENCE)]
    if state.turn in (Turn.SPEAKING, Turn.PROCESSING):
        assert reply is not None
        state, postponed = _postpone(state)
        commands.extend(postponed)
        state = moved(state, TurnCue.CALLER_SPOKE)
        if not reply.silenced:
            begun = begun._replace(in_doubt=True)
            commands += [
                Hush(reply.turn),
                CancelTimer(Timer.KEEP),
                SetTimer(Timer.VERDICT, state.patience.verdict_ms),
            ]
            state = state._replace(reply=reply._replace(hushed=True))
    return state._replace(speech=begun, segments=begun.segment), tuple(commands)


def _postpone(state: CallState) -> Step:
    """Keys and orders that wait for a commit wait for the caller's words, too."""
    turn = state.pending
    if turn is None:
        return state, ()
    state = state._replace(pending=None)
    if turn.kind is TurnKind.DTMF:
        again = SetTimer(Timer.DIGITS, state.patience.digits_ms)
        return state._replace(digits=turn.digits + state.digits), (again,)
    if turn.kind is TurnKind.OPERATOR:
        first = Order(turn.text, turn.ends_call)
        ends = bool(state.orders) and state.orders[0].ends_call  # then nothing else is said
        return (state if ends else state._replace(orders=(first, *state.orders))), ()
    return state, ()  # that they were silent is no turn any more


def _goes_on(state: CallState, speech: Speech) -> bool:
    """Whether the turn just judged over can still go on: nothing of its answer is out."""
    reply = state.reply
    if speech.audio_ms >= state.patience.longest_turn_ms:
        return False
    if state.pending is not None or not speech.decoded:
        return True
    return reply is not None and reply.is_open and not reply.sounding


def _resume_segment(state: CallState, speech: Speech, cue: VoiceWindow, voiced_ms: int) -> Step:
    """They had not finished: the stretch goes on, and what was made of it may be void."""
    commands: list[Command] = []
    if state.pending is None and speech.decoded:
        assert state.reply is not None
        commands.append(Hush(state.reply.turn))
        state, taken = take_back(state)
        commands.extend(taken)
    state = moved(state, TurnCue.CALLER_SPOKE)._replace(pending=None)
    speech = speech._replace(decided=False)
    state, more = _with_voice(state, speech, state.onset, cue, voiced_ms)
    return state, (*commands, *more)


def _with_voice(
    state: CallState, speech: Speech, onset: Onset, cue: VoiceWindow, voiced_ms: int
) -> Step:
    """More voice: the text in hand is void, and the answer to it unless it was but a breath."""
    patience, pauses = state.patience, state.pauses
    commands: tuple[Command, ...] = ()
    pause_ms = cue.audio_ms - voiced_ms - speech.voice_until_ms
    if pause_ms > 0:
        pauses = pauses.after(pause_ms)
    void = speech.decoding or speech.decoded or speech.asked
    speech = speech._replace(
        voice_until_ms=cue.audio_ms,
        voice_at_ms=cue.at_ms,
        voiced_ms=speech.voiced_ms + voiced_ms,
        attempt=speech.attempt + 1 if void else speech.attempt,
        decoding=False,
        decoded=False,
        transcript=None,
        asked=False,
        complete=None,
    )
    asked = state.ahead.asked if state.ahead is not None else None
    answered = asked.speech if asked is not None else None
    if answered is not None and speech.voiced_ms - answered.voiced_ms >= patience.breath_ms:
        state, commands = forget_ahead(state)
    if speech.in_doubt and not speech.probing:
        speech, probe = _probe(state, speech, cue)
        commands += probe
    return state._replace(speech=speech, onset=onset, pauses=pauses), commands


def _probe(
    state: CallState, speech: Speech, cue: VoiceWindow
) -> tuple[Speech, tuple[Command, ...]]:
    """The agent fell silent for this: are there words in it?"""
    if speech.voiced_ms - speech.probed_ms < state.patience.probe_every_ms:
        return speech, ()
    command = Transcribe(
        segment=speech.segment,
        attempt=speech.attempt,
        from_ms=speech.from_ms,
        to_ms=cue.audio_ms,
        expects=state.expects,
        probe=True,
        turn=state.number + 1,
    )
    return speech._replace(probed_ms=speech.voiced_ms, probing=True), (command,)
