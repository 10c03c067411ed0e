"""The caller's half of the reducer: onset, pauses, transcripts, keys and silence."""

from __future__ import annotations

from dataclasses import replace

from core.speech import TurnKind
from voice.call_state import CallState, PendingTurn, Speech
from voice.commands import CancelTimer, Command, Commit, Drop, SetTimer, StopSpeaking, Transcribe
from voice.cues import (
    DigitPressed,
    StreamStarted,
    Timer,
    TimerFired,
    TranscriptReady,
    VoiceWindow,
)
from voice.endpointing import WINDOW_MS, pause_ms
from voice.reducer_agent import go_on_speaking
from voice.reducer_moves import Step, answer, moved, spoken_turn
from voice.turns import Turn, TurnCue


def stream_started(state: CallState, cue: StreamStarted) -> Step:
    """The line is open: the agent speaks first."""
    state = moved(state, TurnCue.CALL_STARTED)
    state = replace(state, number=cue.next_turn - 1, expects=cue.expects)
    state, commands = _turn_over(state, _wordless_turn(TurnKind.OPENING, cue.at_ms))
    return state, (SetTimer(Timer.CALL, state.patience.longest_call_ms), *commands)


def heard_window(state: CallState, cue: VoiceWindow) -> Step:
    """One more 32 ms of the caller's line."""
    speech = state.speech
    if speech is None or speech.decided:
        return _between_turns(state, cue)
    if cue.probability >= state.patience.off_probability:
        return _voice_goes_on(state, speech, cue)
    return _pause_grows(state, speech, cue)


def transcript_ready(state: CallState, cue: TranscriptReady) -> Step:
    """A decode has ended; it counts only if the caller has not gone on since."""
    speech = state.speech
    if speech is None or (speech.segment, speech.attempt) != (cue.segment, cue.attempt):
        return state, ()
    speech = replace(speech, transcript=cue.transcript, decoding=False, decoded=True)
    state = replace(state, speech=speech)
    if not speech.decided:
        return state, ()
    return _take_words(state, speech, cue.at_ms)


def digit_pressed(state: CallState, cue: DigitPressed) -> Step:
    """Collect keys until none follows; a # ends them at once."""
    if cue.digit == "#" and state.digits:
        return digits_ended(state, TimerFired(cue.at_ms, Timer.DIGITS))
    state = replace(state, digits=state.digits + cue.digit)
    return state, (SetTimer(Timer.DIGITS, state.patience.digits_ms), CancelTimer(Timer.SILENCE))


def digits_ended(state: CallState, cue: TimerFired) -> Step:
    """The keys pressed so far are the caller's turn, once the agent has stopped speaking."""
    if not state.digits:
        return state, ()
    if state.turn is not Turn.LISTENING or state.speech is not None:
        return state, (SetTimer(Timer.DIGITS, state.patience.digits_ms),)
    turn = replace(_wordless_turn(TurnKind.DTMF, cue.at_ms), digits=state.digits)
    state, commands = _turn_over(replace(state, digits=""), turn)
    return state, (CancelTimer(Timer.DIGITS), *commands)


def silence_fell(state: CallState, cue: TimerFired) -> Step:
    """The caller says nothing: that too is a turn, and the agent answers it."""
    if state.turn is not Turn.LISTENING or state.speech is not None or state.leaving:
        return state, ()
    return _turn_over(state, _wordless_turn(TurnKind.SILENCE, cue.at_ms))


def _wordless_turn(kind: TurnKind, at_ms: int) -> PendingTurn:
    return PendingTurn(kind, "", 1.0, 0, at_ms, at_ms, at_ms)


def _turn_over(state: CallState, turn: PendingTurn) -> Step:
    state = moved(state, TurnCue.CALLER_FINISHED)
    state, commands = answer(state, turn)
    return state, (CancelTimer(Timer.SILENCE), *commands)


def _between_turns(state: CallState, cue: VoiceWindow) -> Step:
    patience = state.patience
    speaking = state.turn is Turn.SPEAKING
    level = patience.barge_in_probability if speaking else patience.on_probability
    needed = patience.barge_in_windows if speaking else patience.onset_windows
    loud = state.loud_windows + 1 if cue.probability >= level else 0
    if loud < needed or state.leaving is not None:
        return (state if loud == state.loud_windows else replace(state, loud_windows=loud)), ()
    return _caller_began(replace(state, loud_windows=0), cue, loud * WINDOW_MS)


def _caller_began(state: CallState, cue: VoiceWindow, voiced_ms: int) -> Step:
    """The caller speaks: a new turn, more of the last one, or a barge-in."""
    reply = state.reply
    speech = state.speech
    if state.turn is Turn.PROCESSING and speech is not None and _can_take_back(state, speech):
        return _resume_segment(state, speech, cue, voiced_ms)
    begun = Speech(
        segment=state.segments + 1,
        from_ms=max(0, cue.audio_ms - voiced_ms - state.patience.lead_in_ms),
        voice_until_ms=cue.audio_ms,
        voice_at_ms=cue.at_ms,
        voiced_ms=voiced_ms,
        cut_in=state.turn in (Turn.SPEAKING, Turn.PROCESSING),
    )
    commands: list[Command] = [CancelTimer(Timer.SILENCE)]
    if state.turn in (Turn.SPEAKING, Turn.PROCESSING):
        if reply is not None:
            commands.append(StopSpeaking(reply.turn))
            if not reply.committing and not reply.committed:
                commands.append(Commit(reply.turn))
            reply = replace(reply, silenced=True, committing=True)
        state = moved(state, TurnCue.CALLER_SPOKE)
    state = replace(state, speech=begun, segments=begun.segment, reply=reply)
    return state, tuple(commands)


def _can_take_back(state: CallState, speech: Speech) -> bool:
    """Whether the turn just judged over can still go on: nothing of its answer is out."""
    if state.pending is not None or not speech.decoded:
        return True
    return state.reply is not None and state.reply.is_open


def _resume_segment(state: CallState, speech: Speech, cue: VoiceWindow, voiced_ms: int) -> Step:
    """They had not finished: the stretch goes on, and what was made of it is void."""
    commands: list[Command] = []
    reply = state.reply
    number = state.number
    if reply is not None and reply.is_open and speech.decoded and state.pending is None:
        commands += [Drop(reply.turn), CancelTimer(Timer.BRAIN)]
        reply, number = None, number - 1
    speech = replace(
        speech,
        voice_until_ms=cue.audio_ms,
        voice_at_ms=cue.at_ms,
        voiced_ms=speech.voiced_ms + voiced_ms,
        attempt=speech.attempt + 1,
        decoding=False,
        decoded=False,
        transcript=None,
        decided=False,
    )
    state = moved(state, TurnCue.CALLER_SPOKE)
    state = replace(state, speech=speech, reply=reply, number=number, pending=None)
    return state, tuple(commands)


def _voice_goes_on(state: CallState, speech: Speech, cue: VoiceWindow) -> Step:
    void = speech.decoding or speech.decoded
    speech = replace(
        speech,
        voice_until_ms=cue.audio_ms,
        voice_at_ms=cue.at_ms,
        voiced_ms=speech.voiced_ms + WINDOW_MS,
        attempt=speech.attempt + 1 if void else speech.attempt,
        decoding=False,
        decoded=False,
        transcript=None,
    )
    return replace(state, speech=speech), ()


def _pause_grows(state: CallState, speech: Speech, cue: VoiceWindow) -> Step:
    quiet_ms = cue.audio_ms - speech.voice_until_ms
    commands: list[Command] = []
    if quiet_ms >= state.patience.decode_after_ms and not speech.decoding and not speech.decoded:
        speech = replace(speech, decoding=True)
        commands.append(
            Transcribe(
                segment=speech.segment,
                attempt=speech.attempt,
                from_ms=speech.from_ms,
                to_ms=cue.audio_ms,
                expects=state.expects,
            )
        )
        state = replace(state, speech=speech)
    over = quiet_ms >= pause_ms(state.expects, state.patience)
    if not over or state.turn is not Turn.LISTENING:
        return state, tuple(commands)
    speech = replace(speech, decided=True)
    state = moved(replace(state, speech=speech, decided_ms=cue.at_ms), TurnCue.CALLER_FINISHED)
    if speech.decoded:
        state, more = _take_words(state, speech, cue.at_ms)
        commands.extend(more)
    return state, tuple(commands)


def _take_words(state: CallState, speech: Speech, at_ms: int) -> Step:
    """The turn is over and its words are known (or there were none)."""
    words = speech.transcript
    if words is None or not words.text:
        resumed = _maybe_false_alarm(state, speech)
        if resumed is not None:
            return resumed
    turn = spoken_turn(speech, words, decided_ms=state.decided_ms, transcript_ms=at_ms)
    return answer(state, turn)


def _maybe_false_alarm(state: CallState, speech: Speech) -> Step | None:
    """Wordless sound: go on speaking where the agent was cut, or wait on if it was short."""
    if speech.cut_in:
        resumed = go_on_speaking(state)
        if resumed is not None:
            return resumed
    if speech.voiced_ms >= state.patience.noise_below_ms:
        return None
    state = replace(moved(state, TurnCue.NOTHING_SAID), speech=None)
    return state, (SetTimer(Timer.SILENCE, state.patience.silence_ms),)
