"""The reducer's rules for late timers, late answers, and a caller whom nothing waits for."""

from __future__ import annotations

from dataclasses import replace

from core.call import EndReason
from tests.unit.voice.test_reducer import GREETED, START, piece, run, windows
from voice.call_state import CallState
from voice.commands import CancelTimer, Commit, Speak
from voice.cues import DraftEnded, LineDropped, SoundStarted, Timer, TimerFired, UtterancePlayed
from voice.turns import Turn


def test_a_call_that_has_lasted_long_enough_ends_with_words_said_once() -> None:
    state, _ = run(*GREETED, UtterancePlayed(3, 1, 1), state=CallState(time_up="Time is up."))
    leaving, commands = run(TimerFired(9, Timer.CALL), state=state)
    assert [command.text for command in commands if isinstance(command, Speak)] == ["Time is up."]
    assert leaving.leaving is EndReason.AGENT_HUNG_UP
    assert run(TimerFired(10, Timer.CALL), state=leaving) == (leaving, [])


def test_the_grace_of_the_last_words_is_nothing_while_the_line_lives() -> None:
    state, _ = run(*GREETED)
    assert run(TimerFired(9, Timer.GRACE), state=state) == (state, [])


def test_a_caller_who_speaks_while_nothing_is_being_made_stops_and_stores_nothing() -> None:
    state, _ = run(*GREETED)
    bare = replace(state, turn=Turn.PROCESSING, reply=None, speech=None)
    speaking, commands = run(*windows(2, 0.9), state=bare)
    assert speaking.turn is Turn.LISTENING
    assert speaking.speech is not None
    assert commands == [CancelTimer(Timer.SILENCE)]


def test_a_draft_that_ends_after_the_line_dropped_is_stored_once() -> None:
    state, first = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    assert first.count(Commit(1)) == 1
    _, late = run(
        LineDropped(2000, EndReason.CALLER_HUNG_UP), DraftEnded(2001, 1, False), state=state
    )
    assert Commit(1) not in late


def test_a_late_brain_timer_while_the_agent_takes_its_leave_is_nothing() -> None:
    leaving, _ = run(START, TimerFired(9, Timer.BRAIN))
    assert leaving.leaving is EndReason.INTERNAL_ERROR
    assert run(TimerFired(10, Timer.BRAIN), state=leaving) == (leaving, [])
