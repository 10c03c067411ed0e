"""The reducer's rules for late timers, late answers, and a caller whom nothing waits for."""

from __future__ import annotations

from core.call import EndReason
from core.speech import Heard, ReplyPiece
from tests.unit.voice.test_reducer import (
    GREETED,
    LISTENING,
    START,
    drafted,
    of,
    piece,
    run,
    windows,
    words,
)
from voice.call_state import CallState
from voice.commands import Commit, EndCall, Measure, Prepare, SetTimer, Speak, Stage
from voice.cues import (
    CommitFailed,
    LineDropped,
    OperatorSaid,
    PieceReady,
    PlaybackStopped,
    SoundMade,
    SoundPlayed,
    SoundStarted,
    Timer,
    TimerFired,
    VoiceWindow,
)
from voice.reducer import step
from voice.reducer_finish import has_room


def test_a_call_that_has_lasted_long_enough_ends_with_words_said_once() -> None:
    state, _ = run(*LISTENING, state=CallState(time_up="Time is up."))
    leaving, commands = run(TimerFired(9, Timer.CALL), state=state)
    assert [command.text for command in commands if isinstance(command, Speak)] == ["Time is up."]
    assert leaving.leaving is EndReason.AGENT_HUNG_UP
    assert run(TimerFired(10, Timer.CALL), state=leaving) == (leaving, [])


def test_the_grace_of_the_last_words_is_nothing_while_the_line_lives() -> None:
    state, _ = run(*GREETED)
    assert run(TimerFired(9, Timer.GRACE), state=state) == (state, [])


def test_a_draft_that_ends_after_the_line_dropped_is_stored_once() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1))
    state, commands = run(
        LineDropped(2000, EndReason.CALLER_HUNG_UP), drafted(1), drafted(1), state=state
    )
    assert of(Commit, commands) == [Commit(1)]


def test_what_was_drafted_but_could_still_be_withdrawn_is_stored_when_the_line_drops() -> None:
    state, _ = run(*LISTENING, *windows(4, 0.9), *windows(40, 0.0, start_ms=1128))
    state, before = run(words("yes"), piece(2), drafted(2), SoundStarted(3100, 2), state=state)
    assert not of(Commit, before)
    _, commands = run(LineDropped(3200, EndReason.CALLER_HUNG_UP), state=state)
    assert of(Commit, commands) == [Commit(2)]


def test_a_late_brain_timer_while_the_agent_takes_its_leave_is_nothing() -> None:
    leaving, _ = run(START, TimerFired(9, Timer.BRAIN))
    assert leaving.leaving is EndReason.INTERNAL_ERROR
    assert run(TimerFired(10, Timer.BRAIN), state=leaving) == (leaving, [])


def test_cues_of_another_reply_are_nothing() -> None:
    state, _ = run(*LISTENING)
    late = (
        CommitFailed(9, 7),
        SoundMade(9, 1, 99),
        SoundPlayed(9, 7),
        TimerFired(9, Timer.VERDICT),
    )
    assert run(*late, state=state) == (state, [])
    assert run(TimerFired(9, Timer.KEEP), state=state._replace(reply=None))[1] == []


def test_a_draft_that_fails_ends_in_an_apology() -> None:
    _, commands = run(START, drafted(1, failed=True))
    assert [each.text for each in of(Speak, commands)] == [CallState().apology]


def test_the_first_token_is_measured_with_the_first_sentence() -> None:
    state, _ = run(START)
    first = PieceReady(90, 1, 1, ReplyPiece(0, "Hello.", "greeting"), token_ms=70)
    assert Measure(1, Stage.FIRST_TOKEN, 70) in step(state, first)[1]


def test_our_own_echo_is_no_voice() -> None:
    state, _ = run(*LISTENING)
    echoes = [VoiceWindow(each.at_ms, each.audio_ms, 0.9, -25.0, 0.99) for each in windows(9, 0.9)]
    assert run(*echoes, state=state)[0].speech is None


def test_a_turn_that_has_begun_goes_on_though_it_resembles_our_own_sound() -> None:
    state, _ = run(*LISTENING, *windows(4, 0.9))
    alike = [
        VoiceWindow(each.at_ms, each.audio_ms, 0.9, -25.0, 0.9) for each in windows(6, 0.9, 1128)
    ]
    after, commands = run(*alike, state=state)
    assert after.speech is not None
    assert after.speech.voiced_ms == 10 * 32
    assert commands == []


def test_a_noise_is_followed_by_listening_again() -> None:
    state, _ = run(*LISTENING, *windows(3, 0.9), *windows(40, 0.0, 1096))
    state, commands = run(words(""), state=state)
    assert SetTimer(Timer.SILENCE, 3 + 7000 - 3000) in commands  # as if it had not been
    assert state.speech is None


def test_an_order_that_ends_the_call_is_the_last_also_while_it_waits_for_a_commit() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1))
    state, _ = run(OperatorSaid(3, "Goodbye.", ends_call=True), state=state)
    state, _ = run(PlaybackStopped(4, Heard(1, "", "Hello.", 0)), state=state)
    assert state.pending is not None
    assert not has_room(state, ends_call=False)


def test_the_grace_of_the_last_words_is_over() -> None:
    state, _ = run(*LISTENING, *windows(8, 0.9), LineDropped(1300, EndReason.CALLER_HUNG_UP))
    state, commands = run(words("stop calling me"), state=state)
    assert of(Prepare, commands)
    _, commands = run(TimerFired(5300, Timer.GRACE), state=state)
    assert (of(Commit, commands), commands[-1]) == (
        [Commit(2)],
        EndCall(EndReason.CALLER_HUNG_UP),
    )
