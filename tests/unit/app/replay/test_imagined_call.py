"""Imagined calls: whatever the log holds and whatever is set, they end and break no rule."""

from __future__ import annotations

import random

import pytest

from app.replay.changes import changed
from app.replay.history import history
from app.replay.imagined import ImaginedCall
from app.replay.loudspeaker import Loudspeaker
from app.replay.what_if import what_if
from core.speech import Heard
from tests.unit.app.replay.lives import lived, trace_of
from voice.call_state import CallState
from voice.commands import Commit, EndCall, Prepare, SetTimer, Speak
from voice.cues import LineDropped, VoiceWindow
from voice.endpointing import Patience

SETTINGS = (
    ("extra_pause_ms", 2000),
    ("keep_ms", 2000),
    ("onset_windows", 6),
    ("most_drafts", 9),
    ("verdict_ms", 100),
    ("silence_ms", 800),
    ("decode_after_ms", 32),
)


@pytest.mark.no_cover  # tracing costs more than the lives; the other tests run the same lines
@pytest.mark.parametrize(("name", "most"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_random_lives_can_be_imagined_with_any_setting(name: str, most: int) -> None:
    for seed in range(1, 7):
        begun = CallState(patience=Patience(turn_model=seed % 2 == 0))
        trace = trace_of(begun, lived(seed, begun))
        value = random.Random(seed).randrange(1, most + 1)
        state = changed(trace.state, [f"endpointing.{name}={value}"])
        taken = ImaginedCall(trace, state).run()
        given = [command for _, commands in taken for command in commands]
        committed = [each.turn for each in given if isinstance(each, Commit)]
        assert len(set(committed)) == len(committed)
        assert set(committed) <= {each.turn for each in given if isinstance(each, Prepare)}
        assert sum(isinstance(each, EndCall) for each in given) <= 1
        times = [cue.at_ms for cue, _ in taken]
        assert times == sorted(times)
        assert len(history(taken).turns) >= 1


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["digits_ms", "verdict_again_ms", "keep_ms"])
def test_time_passes_with_timers_of_nothing(name: str) -> None:
    for seed in range(1, 7):
        trace = trace_of(CallState(), lived(seed, CallState()))
        state = changed(trace.state, [f"endpointing.{name}=0"])
        assert len(ImaginedCall(trace, state).run()) < 50_000


def test_a_call_whose_line_dropped_ends_in_imagination_too() -> None:
    for seed in range(8):
        trace = trace_of(CallState(), lived(seed, CallState(), hangs_up=True))
        assert any(isinstance(cue, LineDropped) for cue, _ in trace.taken)
        taken = ImaginedCall(trace, trace.state).run()
        assert isinstance(taken[-1][1][-1], EndCall), seed


def test_the_caller_is_silent_after_the_log() -> None:
    trace = trace_of(CallState(), lived(2, CallState())[:5])
    taken = ImaginedCall(trace, trace.state).run()
    late = [cue for cue, _ in taken if isinstance(cue, VoiceWindow)][20:]
    assert late
    assert all(window.probability == 0.0 for window in late)


def test_a_log_without_a_turn_of_the_caller_says_nothing_of_them() -> None:
    trace = trace_of(CallState(), lived(2, CallState())[:1])
    compared = what_if(trace, trace.state)
    assert compared.turns == ()
    assert compared.error_ms is None
    assert not compared.differs


def test_what_was_heard_is_cut_by_the_share_of_the_sound() -> None:
    speaker = Loudspeaker(lambda _: 1000, voice_ms=100, mark_ms=50)
    speaker.speak(Speak(1, 1, "one two three four"), now=0)
    speaker.release(1, now=0)
    assert speaker.hush(1, now=650) == Heard(1, "one two", "three four", 550)
    assert speaker.hush(1, now=900) == Heard(1, "one two", "three four", 550)
    speaker.release(1, now=1000)
    assert speaker.hush(1, now=1250) == Heard(1, "one two three", "four", 800)
    speaker.forget(1)
    assert speaker.hush(1, now=1300) == Heard(1, "", "", 0)


def test_timers_are_set_anew() -> None:
    trace = trace_of(CallState(), lived(40, CallState()))
    state = changed(trace.state, ["endpointing.silence_ms=500"])
    taken = ImaginedCall(trace, state).run()
    silences = [
        each
        for _, commands in taken
        for each in commands
        if isinstance(each, SetTimer) and each.timer == "silence"
    ]
    assert {each.after_ms for each in silences} == {500}
