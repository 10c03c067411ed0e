"""Pauses of the caller: decoding in them, preparing the answer ahead, judging the turn over."""

from __future__ import annotations

from voice.call_state import CallState, Speech
from voice.commands import CancelTimer, Command, Judge, SetTimer, Transcribe
from voice.cues import Timer, TranscriptReady, TurnJudged, VoiceWindow
from voice.interruption import is_interruption
from voice.onset import Onset
from voice.patience import silence_needed_ms
from voice.reducer_finish import take_order
from voice.reducer_interruption import confirm, false_alarm, probed
from voice.reducer_moves import (
    Step,
    answer,
    forget_ahead,
    moved,
    prepare,
    same_words,
    spoken_turn,
)
from voice.turns import Turn, TurnCue


def pause_grows(state: CallState, speech: Speech, onset: Onset, cue: VoiceWindow) -> Step:
    """One more quiet window in the caller's speech."""
    quiet_ms = cue.audio_ms - speech.voice_until_ms
    speech, commands = _ask_in_time(state, speech, quiet_ms, cue)
    state = state._replace(speech=speech, onset=onset)
    if state.turn is not Turn.LISTENING or quiet_ms < needed_ms(state, speech):
        return state, commands
    state, more = _decide(state, speech, cue.at_ms, cue.audio_ms)
    return state, (*commands, *more)


def transcript_ready(state: CallState, cue: TranscriptReady) -> Step:
    """A decode has ended; it counts only if the caller has not gone on since."""
    speech = state.speech
    if speech is None or speech.segment != cue.segment:
        return state, ()
    if cue.probe:
        return _decided_anew(*probed(state, speech, cue))
    if speech.attempt != cue.attempt or not speech.decoding:
        return state, ()
    speech = speech._replace(
        transcript=cue.transcript, decoding=False, decoded=True, decoded_ms=cue.at_ms
    )
    state = state._replace(speech=speech)
    commands: tuple[Command, ...] = ()
    if speech.in_doubt and is_interruption(speech.text, state.heard):
        state, commands = confirm(state, speech)
        assert state.speech is not None
        speech = state.speech
    if not speech.decoded:
        return _all_of_it(state, speech, commands)
    if speech.decided and cue.at_ms - speech.voice_at_ms < needed_ms(state, speech):
        state, speech = _reopen(state, speech)
    if speech.decided:
        state, more = take_words(state, speech, cue.at_ms)
    else:
        state, more = _prepare_ahead(state, speech, cue.at_ms)
    return state, (*commands, *more)


def _decided_anew(state: CallState, commands: tuple[Command, ...]) -> Step:
    """A stretch that is over is not asked about in its next pause: there is none."""
    speech = state.speech
    if speech is None or not speech.decided or speech.decoded or speech.decoding:
        return state, commands
    return _all_of_it(state, speech, commands)


def _all_of_it(state: CallState, speech: Speech, commands: tuple[Command, ...]) -> Step:
    """The turn before belongs to it: all of it is decoded again."""
    until_ms = speech.voice_until_ms + state.patience.decode_after_ms
    speech, decode = _decode(state, speech, until_ms)
    return state._replace(speech=speech), (*commands, decode)


def _reopen(state: CallState, speech: Speech) -> tuple[CallState, Speech]:
    """The silence was long enough until the words came: now they wait as if they had come first.

    So slow ears decide as quick ones do, and "my name is" is not cut off by either.
    """
    speech = speech._replace(decided=False)
    return moved(state, TurnCue.CALLER_SPOKE)._replace(speech=speech), speech


def turn_judged(state: CallState, cue: TurnJudged) -> Step:
    """The turn model has an opinion of the present pause."""
    speech = state.speech
    if speech is None or (speech.segment, speech.attempt) != (cue.segment, cue.attempt):
        return state, ()
    return state._replace(speech=speech._replace(complete=cue.complete)), ()


def needed_ms(state: CallState, speech: Speech) -> int:
    """The silence that ends the turn in hand."""
    if speech.audio_ms >= state.patience.longest_turn_ms:
        return 0
    likely = not speech.text and speech.voiced_ms >= state.patience.sure_voice_ms
    if speech.in_doubt and speech.decoded and not likely:
        return state.patience.resume_ms  # a cough or an "mm-hm", or it were no doubt any more
    return silence_needed_ms(
        state.expects,
        speech.text if speech.decoded else None,
        speech.complete,
        state.pauses,
        state.patience,
        voiced_ms=speech.voiced_ms,
    )


def take_words(state: CallState, speech: Speech, at_ms: int) -> Step:
    """The turn is over and its words are known (or there were none)."""
    if speech.in_doubt:
        return false_alarm(state, at_ms)
    words = speech.transcript
    if not speech.text and speech.voiced_ms < state.patience.noise_below_ms:
        return _only_noise(state, at_ms)
    turn = spoken_turn(speech, words, decided_ms=state.decided_ms)
    return answer(state, turn)


def _ask_in_time(
    state: CallState, speech: Speech, quiet_ms: int, cue: VoiceWindow
) -> tuple[Speech, tuple[Command, ...]]:
    """Ask the turn model and the ears early in a pause; after several, the ears later."""
    patience = state.patience
    commands: list[Command] = []
    if patience.turn_model and not speech.asked and quiet_ms >= patience.judge_after_ms:
        speech = speech._replace(asked=True)
        commands.append(_judge(state, speech, cue.audio_ms))
    early = speech.decodes < patience.early_decodes
    after_ms = patience.decode_after_ms if early else patience.late_decode_ms
    if speech.decoding or speech.decoded or quiet_ms < after_ms:
        return speech, tuple(commands)
    speech, decode = _decode(state, speech, cue.audio_ms)
    return speech, (*commands, decode)


def _judge(state: CallState, speech: Speech, until_ms: int) -> Command:
    since = max(speech.from_ms, until_ms - state.patience.turn_model_ms)
    return Judge(speech.segment, speech.attempt, since, until_ms)


def _decode(state: CallState, speech: Speech, until_ms: int) -> tuple[Speech, Command]:
    """Decode the stretch up to ``until_ms``."""
    command = Transcribe(
        segment=speech.segment,
        attempt=speech.attempt,
        from_ms=speech.from_ms,
        to_ms=until_ms,
        expects=state.expects,
        turn=state.number + 1,
    )
    return speech._replace(decoding=True, decodes=speech.decodes + 1), command


def _decide(state: CallState, speech: Speech, at_ms: int, until_ms: int) -> Step:
    """The pause is long enough: the turn is over."""
    commands: tuple[Command, ...] = ()
    if not speech.decoding and not speech.decoded:
        speech, decode = _decode(state, speech, until_ms)
        commands = (decode,)
    speech = speech._replace(decided=True)
    drones = speech.audio_ms >= state.patience.longest_turn_ms
    state = state._replace(speech=speech, decided_ms=at_ms, drones=drones)
    state = moved(state, TurnCue.CALLER_FINISHED)
    if not speech.decoded:
        return state, commands
    return take_words(state, speech, at_ms)


def _prepare_ahead(state: CallState, speech: Speech, at_ms: int) -> Step:
    """Begin the answer while the caller may still go on."""
    reply, ahead = state.reply, state.ahead
    if speech.in_doubt or not speech.text or state.leaving is not None:
        return state, ()
    if reply is not None and not reply.committed:
        return state, ()
    commands: tuple[Command, ...] = ()
    if ahead is not None:
        if ahead.asked is not None and same_words(ahead.asked.text, speech.text):
            return state, ()
        state, commands = forget_ahead(state)
    if speech.drafts >= state.patience.most_drafts:
        return state, commands
    speech = speech._replace(drafts=speech.drafts + 1)
    state = state._replace(speech=speech)
    turn = spoken_turn(speech, speech.transcript, decided_ms=at_ms)
    state, more = prepare(state, turn)
    return state, (*commands, *more)


def _only_noise(state: CallState, at_ms: int) -> Step:
    """Wordless sound too short for a turn: wait on, as long as if it had not been."""
    state, commands = forget_ahead(state)
    state = moved(state, TurnCue.NOTHING_SAID)._replace(speech=None)
    state, ordered = take_order(state, at_ms)
    if state.turn is Turn.LISTENING:
        patience = state.patience
        left_ms = state.silent_since_ms + patience.silence_ms - at_ms
        ordered = (SetTimer(Timer.SILENCE, max(left_ms, patience.silence_again_ms)),)
    return state, (*commands, CancelTimer(Timer.VERDICT), *ordered)
