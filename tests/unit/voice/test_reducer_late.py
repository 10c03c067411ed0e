"""The reducer's rules for late timers, late answers, and a caller whom nothing waits for."""

from __future__ import annotations

from core.call import EndReason
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
from voice.commands import Commit, Speak
from voice.cues import LineDropped, SoundStarted, Timer, TimerFired


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
