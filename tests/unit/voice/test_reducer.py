"""The reducer's rules, one by one, where the random lives rarely come."""

from __future__ import annotations

from dataclasses import replace

from core.call import EndReason
from core.speech import Expectation, Heard, ReplyPiece, TurnKind
from voice.call_state import CallState, Reply
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    EndCall,
    Measure,
    Prepare,
    SetTimer,
    Speak,
    StopSpeaking,
    Transcribe,
)
from voice.cues import (
    CommitFailed,
    DigitPressed,
    DraftEnded,
    LineDropped,
    PieceReady,
    PlaybackStopped,
    SoundStarted,
    StreamStarted,
    Timer,
    TimerFired,
    TranscriptReady,
    TurnCommitted,
    UtterancePlayed,
    VoiceWindow,
)
from voice.endpointing import PAUSE_MS, Patience
from voice.ports import Transcript
from voice.reducer import step
from voice.turns import Turn

START = StreamStarted(0, 1, Expectation())


def run(*cues: object, state: CallState | None = None) -> tuple[CallState, list[Command]]:
    """Feed ``cues``; the last state and every command, in order."""
    state = state or CallState()
    done: list[Command] = []
    for cue in cues:
        state, commands = step(state, cue)  # type: ignore[arg-type]
        done += [command for command in commands if not isinstance(command, Measure)]
    return state, done


def piece(turn: int, text: str = "Hello.") -> PieceReady:
    return PieceReady(1, turn, ReplyPiece(0, text, "greeting"))


def committed(turn: int, *held: str, ends: bool = False) -> TurnCommitted:
    pieces = tuple(ReplyPiece(1, text, "scheduler") for text in held)
    return TurnCommitted(1, turn, pieces, Expectation(), ends)


GREETED = (START, piece(1), DraftEnded(1, 1, False), committed(1), SoundStarted(2, 1))


def windows(count: int, probability: float, start_ms: int = 1000) -> list[VoiceWindow]:
    return [
        VoiceWindow(start_ms + 32 * (i + 1), start_ms + 32 * (i + 1), probability)
        for i in range(count)
    ]


def test_nothing_happens_before_the_stream_starts_or_after_the_end() -> None:
    state, commands = run(VoiceWindow(1, 1, 0.9), TimerFired(1, Timer.SILENCE))
    assert (state, commands) == (CallState(), [])
    state, commands = run(LineDropped(1, EndReason.SHUT_DOWN))
    assert state.turn is Turn.ENDED
    assert commands[-1] == EndCall(EndReason.SHUT_DOWN)


def test_a_resumed_conversation_goes_on_with_its_next_turn() -> None:
    _, commands = run(StreamStarted(0, 5, Expectation()))
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.turn, prepare.kind) == (5, TurnKind.OPENING)


def test_two_windows_open_a_turn_and_one_does_not() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    assert state.turn is Turn.LISTENING
    assert run(*windows(1, 0.9), state=state)[0].speech is None
    speaking = run(*windows(2, 0.9), state=state)[0].speech
    assert speaking is not None
    assert speaking.from_ms == 1064 - 64 - 320


def test_barge_in_needs_more_voice_than_a_turn() -> None:
    state, _ = run(*GREETED)
    assert state.turn is Turn.SPEAKING
    assert run(*windows(3, 0.9), state=state)[0].turn is Turn.SPEAKING
    assert run(*windows(9, 0.55), state=state)[0].turn is Turn.SPEAKING
    cut, commands = run(*windows(4, 0.9), state=state)
    assert cut.turn is Turn.INTERRUPTED
    assert StopSpeaking(1) in commands


def test_the_thresholds_of_speech_are_what_patience_says() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    keen = replace(state, patience=Patience(on_probability=0.3, off_probability=0.1))
    dull = replace(state, patience=Patience(on_probability=0.95))
    assert run(*windows(2, 0.4), state=state)[0].speech is None
    assert run(*windows(2, 0.9), state=dull)[0].speech is None
    begun, _ = run(*windows(2, 0.4), state=keen)
    assert begun.speech is not None
    for off, voiced_ms in ((0.1, 128), (0.35, 64)):
        patience = Patience(on_probability=0.3, off_probability=off)
        after, _ = run(*windows(2, 0.2, 1064), state=replace(begun, patience=patience))
        assert after.speech is not None
        assert after.speech.voiced_ms == voiced_ms


FRENCH = Transcript("oui bonjour", 0.8, "test/1", 640, language="fr", language_probability=0.7)


def test_the_language_heard_goes_with_the_turn() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    state, _ = run(*windows(12, 0.9), *windows(30, 0.0, start_ms=1384), state=state)
    assert state.turn is Turn.PROCESSING
    _, commands = run(TranscriptReady(3000, 1, 1, FRENCH), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.text, prepare.audio_ms) == ("oui bonjour", 640)
    assert (prepare.language, prepare.language_probability) == ("fr", 0.7)
    _, commands = run(TranscriptReady(3000, 1, 1, None), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.text, prepare.confidence, prepare.language) == ("", 0.0, "en")


def test_the_language_of_the_last_words_goes_with_them() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    state, _ = run(*windows(4, 0.9), LineDropped(1200, EndReason.CALLER_HUNG_UP), state=state)
    _, commands = run(TranscriptReady(1300, 1, 1, FRENCH), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.language, prepare.language_probability) == ("fr", 0.7)


def test_the_language_waits_with_a_turn_that_waits_for_the_commit_before() -> None:
    state, _ = run(START, *windows(4, 0.9), *windows(30, 0.0, start_ms=1128))
    state, commands = run(TranscriptReady(3000, 1, 1, FRENCH), state=state)
    assert not [command for command in commands if isinstance(command, Prepare)]
    _, commands = run(committed(1), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.language, prepare.language_probability) == ("fr", 0.7)


def test_the_decode_begins_before_the_turn_is_over() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    state, commands = run(*windows(4, 0.9), *windows(5, 0.0, start_ms=1128), state=state)
    assert [type(command) for command in commands] == [CancelTimer, Transcribe]
    assert state.turn is Turn.LISTENING
    more = PAUSE_MS[next(iter(Expectation().kinds))] // 32 + 1
    state, _ = run(*windows(more, 0.0, start_ms=1128), state=state)
    assert state.turn is Turn.PROCESSING


def test_a_draft_that_ends_after_its_commit_began_is_not_committed_again() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    assert state.reply is not None
    assert state.reply.committing
    _, commands = run(DraftEnded(3, 1, False), state=state)
    assert not [command for command in commands if isinstance(command, Commit)]


def test_a_sentence_that_comes_after_the_cut_is_kept_as_unheard() -> None:
    stopped = PlaybackStopped(5, Heard(1, "Hel", "lo.", 100))
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    early, commands = run(piece(1, "Early."), stopped, state=state)
    assert not [command for command in commands if isinstance(command, Speak)]
    assert early.heard == Heard(1, "Hel", "lo. Early.", 100)
    late, _ = run(stopped, committed(1, "Late."), state=state)
    assert late.heard == Heard(1, "Hel", "lo. Late.", 100)


def test_the_brain_is_not_late_once_it_has_begun_to_answer() -> None:
    state, commands = run(START, piece(1))
    assert CancelTimer(Timer.BRAIN) in commands
    assert run(TimerFired(9, Timer.BRAIN), state=state) == (state, [])  # it was on its way
    _, more = run(piece(1, "And more."), state=state)
    assert CancelTimer(Timer.BRAIN) not in more


def test_a_brain_that_says_nothing_is_late() -> None:
    state, commands = run(START, TimerFired(9, Timer.BRAIN))
    assert state.leaving is EndReason.INTERNAL_ERROR
    assert [command for command in commands if isinstance(command, Speak)]


def test_a_late_brain_timer_after_the_draft_is_nothing() -> None:
    state, _ = run(*GREETED)
    assert run(TimerFired(9, Timer.BRAIN), state=state) == (state, [])


def test_a_reply_played_while_the_caller_already_has_the_floor_does_not_end_the_turn() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1))
    odd = replace(state, reply=Reply(turn=1, committed=True, outstanding=frozenset({7})))
    after, commands = run(UtterancePlayed(4, 1, 7), state=odd)
    assert (after.turn, commands) == (Turn.LISTENING, [])


def test_a_commit_that_fails_while_the_sound_is_being_cut_ends_the_call_at_once() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    assert state.turn is Turn.INTERRUPTED
    ended, commands = run(CommitFailed(3, 1), state=state)
    assert ended.turn is Turn.ENDED
    assert commands[-1] == EndCall(EndReason.INTERNAL_ERROR)


def test_a_commit_that_fails_while_the_caller_speaks_is_answered_with_an_apology() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    state, _ = run(PlaybackStopped(4, Heard(1, "", "Hello.", 0)), state=state)
    assert state.turn is Turn.LISTENING
    state, commands = run(CommitFailed(5, 1), state=state)
    assert [command.text for command in commands if isinstance(command, Speak)] == [state.apology]
    assert state.leaving is EndReason.INTERNAL_ERROR
    again, none = run(CommitFailed(6, 1), piece(1), DraftEnded(6, 1, False), state=state)
    assert (again, none) == (state, [])


def test_keys_are_one_turn_when_none_follows_or_at_a_hash() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1), DigitPressed(4, "4"), DigitPressed(5, "2"))
    for end in (TimerFired(9, Timer.DIGITS), DigitPressed(9, "#")):
        _, commands = run(end, state=state)
        (prepare,) = [command for command in commands if isinstance(command, Prepare)]
        assert (prepare.kind, prepare.digits) == (TurnKind.DTMF, "42")


def test_keys_wait_until_the_agent_has_finished() -> None:
    state, _ = run(*GREETED, DigitPressed(4, "4"))
    after, commands = run(TimerFired(9, Timer.DIGITS), state=state)
    assert (after, commands) == (state, [SetTimer(Timer.DIGITS, state.patience.digits_ms)])
    assert run(TimerFired(9, Timer.DIGITS), state=replace(state, digits="")) == (
        replace(state, digits=""),
        [],
    )


def test_silence_while_somebody_speaks_is_no_turn() -> None:
    state, _ = run(*GREETED)
    assert run(TimerFired(9, Timer.SILENCE), state=state) == (state, [])


def test_a_caller_who_speaks_before_the_first_sentence_has_the_floor() -> None:
    state, commands = run(START, *windows(2, 0.9))
    assert state.turn is Turn.LISTENING
    assert StopSpeaking(1) in commands
    assert Commit(1) in commands


def test_a_caller_who_speaks_while_a_committed_reply_is_not_yet_sounding() -> None:
    state, commands = run(START, piece(1), DraftEnded(1, 1, False), committed(1), *windows(2, 0.9))
    assert StopSpeaking(1) in commands
    assert commands.count(Commit(1)) == 1
    assert state.turn is Turn.LISTENING


def test_after_the_farewell_the_caller_is_not_answered_any_more() -> None:
    state, commands = run(
        START,
        piece(1),
        DraftEnded(1, 1, False),
        committed(1, ends=True),
        SoundStarted(2, 1),
        UtterancePlayed(3, 1, 1),
    )
    assert SetTimer(Timer.DRAIN, 500) in commands
    assert run(*windows(9, 0.9), state=state)[0].speech is None
    ended, commands = run(TimerFired(4, Timer.DRAIN), state=state)
    assert ended.turn is Turn.ENDED
    assert commands[-1] == EndCall(EndReason.AGENT_HUNG_UP)


def test_an_agent_that_says_nothing_gives_the_floor_back() -> None:
    state, commands = run(START, DraftEnded(1, 1, False), committed(1))
    assert state.turn is Turn.LISTENING
    assert SetTimer(Timer.SILENCE, 7000) in commands
