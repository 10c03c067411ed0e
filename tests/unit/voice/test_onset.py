"""An onset needs voice, not sound; false alarms raise the bar, and time lowers it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.endpointing import WINDOW_MS
from voice.onset import MOST_RAISED, QUIETEST_DB, RAISE, Onset

QUIET_DB, SPEECH_DB = -62.0, -26.0
WINDOWS = st.lists(st.tuples(st.floats(0, 1), st.floats(-120, 0)), max_size=200)


def hear(onset: Onset, *windows: tuple[float, float]) -> Onset:
    for probability, level_db in windows:
        onset = onset.hear(probability, level_db)
    return onset


@pytest.fixture
def listening() -> Onset:
    """A quiet line, heard for two seconds."""
    return hear(Onset(), *[(0.02, QUIET_DB)] * 62)


def windows_until_speech(onset: Onset, probability: float, level_db: float) -> int:
    for count in range(1, 100):
        onset = onset.hear(probability, level_db)
        if onset.is_speech:
            return count
    return 100


def test_a_quiet_line_is_no_speech(listening: Onset) -> None:
    assert not listening.is_speech
    assert listening.voiced_ms == 0
    assert listening.floor_db == QUIETEST_DB


def test_sure_speech_needs_one_window_likely_speech_two(listening: Onset) -> None:
    assert windows_until_speech(listening, 0.9, SPEECH_DB) == 1
    assert windows_until_speech(listening, 0.65, SPEECH_DB) == 2
    assert windows_until_speech(listening, 0.5, SPEECH_DB) == 4


def test_a_bang_alone_is_no_speech_however_loud(listening: Onset) -> None:
    assert not hear(listening, *[(0.3, -3.0)] * 30).is_speech


def test_voice_that_barely_leaves_the_noise_counts_less() -> None:
    noisy = hear(Onset(), *[(0.1, -30.0)] * 62)
    assert windows_until_speech(noisy, 0.75, -28.0) == 100
    assert windows_until_speech(noisy, 0.75, -18.0) == 3


def test_it_says_how_long_the_voice_has_sounded(listening: Onset) -> None:
    begun = hear(listening, (0.7, SPEECH_DB), (0.8, SPEECH_DB))
    assert begun.is_speech
    assert begun.voiced_ms == 2 * WINDOW_MS


def test_speech_is_over_soon_after_the_last_sound(listening: Onset) -> None:
    spoken = hear(listening, *[(0.99, SPEECH_DB)] * 60)
    assert not hear(spoken, (0.05, QUIET_DB), (0.02, QUIET_DB)).is_speech


def test_false_alarms_raise_the_bar_and_a_minute_lowers_it(listening: Onset) -> None:
    alarmed = hear(listening, (0.9, SPEECH_DB))
    once = alarmed.raised()
    assert once.total == 0
    assert not once.is_speech
    assert not hear(once, (0.9, SPEECH_DB)).is_speech
    assert windows_until_speech(once, 0.9, SPEECH_DB) == 2
    assert once.raised().raised().bar == MOST_RAISED
    assert windows_until_speech(once.raised().raised(), 0.95, SPEECH_DB) == 3  # never deaf
    assert hear(once, *[(0.02, QUIET_DB)] * 1900).bar < 0.06 * RAISE


@given(WINDOWS)
def test_its_numbers_stay_in_their_ranges(windows: list[tuple[float, float]]) -> None:
    onset = hear(Onset(), *windows)
    assert 0 <= onset.total <= 100
    assert QUIETEST_DB <= onset.floor_db <= 0.05
    assert onset.voiced_ms <= len(windows) * WINDOW_MS
    assert math.isfinite(onset.total)


@given(WINDOWS, st.floats(0, 1), st.floats(0, 1), st.floats(-120, 0))
def test_more_probable_windows_are_never_less_evidence(
    windows: list[tuple[float, float]], one: float, other: float, level_db: float
) -> None:
    onset = hear(Onset(), *windows)
    less, more = sorted((one, other))
    assert onset.hear(less, level_db).total <= onset.hear(more, level_db).total
