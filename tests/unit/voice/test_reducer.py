"""The reducer's rules, one by one, where the random lives rarely come."""

from __future__ import annotations

from typing import Any

from core.call import EndReason
from core.speech import Expectation, Heard, ReplyPiece, TurnKind
from voice.call_state import CallState, Reply
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    EndCall,
    Hush,
    Measure,
    Prepare,
    SetTimer,
    Silence,
    Speak,
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
from voice.endpointing import Patience
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


def piece(turn: int, text: str = "Hello.", draft: int | None = None) -> PieceReady:
    """A sentence; the drafts of these tests are numbered as their turns, if not said otherwise."""
    return PieceReady(1, turn, draft or turn, ReplyPiece(0, text, "greeting"))


def drafted(turn: int, draft: int | None = None, *, failed: bool = False) -> DraftEnded:
    return DraftEnded(1, turn, draft or turn, failed)


def words(text: str, segment: int = 1, attempt: int = 1, at_ms: int = 3000) -> TranscriptReady:
    return TranscriptReady(at_ms, segment, attempt, Transcript(text, 0.9, "test/1", 500))


def of(kind: type, commands: list[Command]) -> list[Any]:
    return [command for command in commands if isinstance(command, kind)]


def committed(turn: int, *held: str, ends: bool = False) -> TurnCommitted:
    pieces = tuple(ReplyPiece(1, text, "scheduler") for text in held)
    return TurnCommitted(1, turn, pieces, Expectation(), ends)


GREETED = (START, piece(1), drafted(1), SoundStarted(2, 1), committed(1))
LISTENING = (*GREETED, UtterancePlayed(3, 1, 1))


def windows(count: int, probability: float, start_ms: int = 1000) -> list[VoiceWindow]:
    """So many windows; likely voice is loud, and the line else is quiet."""
    level_db = -25.0 if probability >= 0.35 else -62.0
    times = [start_ms + 32 * (at + 1) for at in range(count)]
    return [VoiceWindow(time, time, probability, level_db) for time in times]


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
    state, _ = run(*LISTENING)
    assert state.turn is Turn.LISTENING
    assert run(*windows(1, 0.9), state=state)[0].speech is None
    speaking = run(*windows(2, 0.9), state=state)[0].speech
    assert speaking is not None
    assert speaking.from_ms == 1064 - 64 - 320


def test_the_thresholds_of_speech_are_what_patience_says() -> None:
    state, _ = run(*LISTENING)
    keen = state._replace(patience=Patience(on_probability=0.3, off_probability=0.1))
    dull = state._replace(patience=Patience(on_probability=0.95))
    assert run(*windows(2, 0.4), state=state)[0].speech is None
    assert run(*windows(2, 0.9), state=dull)[0].speech is None
    begun, _ = run(*windows(2, 0.4), state=keen)
    assert begun.speech is not None
    for off, voiced_ms in ((0.1, 128), (0.35, 64)):
        patience = Patience(on_probability=0.3, off_probability=off)
        after, _ = run(*windows(2, 0.2, 1064), state=begun._replace(patience=patience))
        assert after.speech is not None
        assert after.speech.voiced_ms == voiced_ms


FRENCH = Transcript("oui bonjour", 0.8, "test/1", 640, language="fr", language_probability=0.7)


def test_the_language_heard_goes_with_the_turn() -> None:
    state, _ = run(*LISTENING)
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
    state, _ = run(*LISTENING)
    state, _ = run(*windows(4, 0.9), LineDropped(1200, EndReason.CALLER_HUNG_UP), state=state)
    _, commands = run(TranscriptReady(1300, 1, 1, FRENCH), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.language, prepare.language_probability) == ("fr", 0.7)


def test_the_language_waits_with_a_turn_that_waits_for_the_commit_before() -> None:
    state, _ = run(START, *windows(4, 0.9), PlaybackStopped(1130, Heard(1, "", "", 0)))
    heard = TranscriptReady(3000, 1, 1, FRENCH)
    state, _ = run(*windows(3, 0.0, start_ms=1128), heard, state=state)
    state, commands = run(*windows(30, 0.0, start_ms=1224), state=state)
    assert not [command for command in commands if isinstance(command, Prepare)]
    _, commands = run(committed(1), state=state)
    (prepare,) = [command for command in commands if isinstance(command, Prepare)]
    assert (prepare.language, prepare.language_probability) == ("fr", 0.7)


def test_the_decode_begins_before_the_turn_is_over() -> None:
    state, _ = run(*LISTENING)
    state, commands = run(*windows(4, 0.9), *windows(2, 0.0, start_ms=1128), state=state)
    assert [type(command) for command in commands] == [CancelTimer, Transcribe]
    assert state.turn is Turn.LISTENING
    state, _ = run(*windows(40, 0.0, start_ms=1128), state=state)
    assert state.turn is Turn.PROCESSING


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
    state, _ = run(*LISTENING)
    odd = state._replace(reply=Reply(1, 1, committed=True, outstanding=frozenset({7})))
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
    again, none = run(CommitFailed(6, 1), piece(1), drafted(1), state=state)
    assert (again, none) == (state, [])


def test_keys_are_one_turn_when_none_follows_or_at_a_hash() -> None:
    state, _ = run(*LISTENING, DigitPressed(4, "4"), DigitPressed(5, "2"))
    for end in (TimerFired(9, Timer.DIGITS), DigitPressed(9, "#")):
        _, commands = run(end, state=state)
        (prepare,) = [command for command in commands if isinstance(command, Prepare)]
        assert (prepare.kind, prepare.digits) == (TurnKind.DTMF, "42")


def test_keys_wait_until_the_agent_has_finished() -> None:
    state, _ = run(*GREETED, DigitPressed(4, "4"))
    after, commands = run(TimerFired(9, Timer.DIGITS), state=state)
    assert (after, commands) == (state, [SetTimer(Timer.DIGITS, state.patience.digits_ms)])
    assert run(TimerFired(9, Timer.DIGITS), state=state._replace(digits="")) == (
        state._replace(digits=""),
        [],
    )


def test_silence_while_somebody_speaks_is_no_turn() -> None:
    state, _ = run(*GREETED)
    assert run(TimerFired(9, Timer.SILENCE), state=state) == (state, [])


def test_a_caller_who_speaks_before_the_first_sentence_has_the_floor() -> None:
    state, commands = run(START, *windows(2, 0.9))
    assert state.turn is Turn.LISTENING
    assert of(Hush, commands) == [Hush(1)]
    assert not of(Commit, commands)  # it may be a cough
    state, commands = run(*windows(2, 0.0, start_ms=1064), words("hello there"), state=state)
    assert of(Silence, commands) == [Silence(1)]
    assert of(Commit, commands) == [Commit(1)]


def test_after_the_farewell_the_caller_is_not_answered_any_more() -> None:
    state, commands = run(
        START,
        piece(1),
        drafted(1),
        SoundStarted(2, 1),
        committed(1, ends=True),
        UtterancePlayed(3, 1, 1),
    )
    assert SetTimer(Timer.DRAIN, 500) in commands
    assert run(*windows(9, 0.9), state=state)[0].speech is None
    ended, commands = run(TimerFired(4, Timer.DRAIN), state=state)
    assert ended.turn is Turn.ENDED
    assert commands[-1] == EndCall(EndReason.AGENT_HUNG_UP)


def test_an_agent_that_says_nothing_gives_the_floor_back() -> None:
    state, commands = run(START, drafted(1), committed(1))
    assert state.turn is Turn.LISTENING
    assert SetTimer(Timer.SILENCE, 7000) in commands
