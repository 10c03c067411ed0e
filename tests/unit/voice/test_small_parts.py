"""The small parts of a call: stopwatch, patience."""

from __future__ import annotations

import pytest

from core.speech import AnswerKind, Expectation
from voice.commands import Measure, Stage
from voice.endpointing import PAUSE_MS, WINDOW_MS, Patience, pause_ms, windows_of
from voice.latency import Stopwatch


def test_the_first_note_of_a_stage_counts() -> None:
    watch = Stopwatch()
    assert watch.take(1) is None
    watch.note(Measure(1, Stage.FIRST_SENT, 40))
    assert watch.take(1) is None, "a turn without a beginning has no waterfall"
    for at in (10, 20):
        watch.note(Measure(2, Stage.SPEECH_END, at))
        watch.note(Measure(2, Stage.FIRST_SENT, at + 300))
    assert watch.open_turns == (2,)
    timing = watch.take(2)
    assert timing is not None
    assert (timing.speech_end_ms, timing.v2v_ms) == (10, 300)
    watch.note(Measure(3, Stage.SPEECH_END, 1))
    watch.forget(3)
    assert watch.open_turns == ()


@pytest.mark.parametrize("kind", AnswerKind)
def test_the_pause_follows_what_was_asked(kind: AnswerKind) -> None:
    patience = Patience()
    assert pause_ms(Expectation(frozenset({kind})), patience) == PAUSE_MS[kind]
    assert pause_ms(Expectation(frozenset({kind})), Patience(extra_pause_ms=100)) == (
        PAUSE_MS[kind] + 100
    )
    both = Expectation(frozenset({kind, AnswerKind.POSTCODE}))
    assert pause_ms(both, patience) == PAUSE_MS[AnswerKind.POSTCODE]
    assert pause_ms(Expectation(frozenset()), patience) == PAUSE_MS[AnswerKind.OPEN]


@pytest.mark.parametrize(
    ("length_ms", "windows"), [(0, 1), (1, 1), (32, 1), (33, 2), (64, 2), (128, 4), (1000, 32)]
)
def test_a_length_is_as_many_windows_as_cover_it(length_ms: int, windows: int) -> None:
    assert windows_of(length_ms) == windows
    assert windows * WINDOW_MS >= length_ms
