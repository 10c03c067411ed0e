"""Words are found in sure speech only, and what was found stays found."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from voice.endpointing import WINDOW_MS
from voice.speech_evidence import LAST_WORD_MS, SURE, WORD_MS, WordAt, evidence, words_in

PROBABILITIES = st.lists(st.floats(0, 1, allow_nan=False), max_size=120)


@dataclass(frozen=True)
class Heard:
    probability: float


def heard(*probabilities: float) -> list[Heard]:
    return [Heard(probability) for probability in probabilities]


def test_silence_and_murmur_hold_no_word() -> None:
    assert words_in([]) == ()
    assert words_in(heard(*[0.02] * 200)) == ()
    assert words_in(heard(*[0.6] * 200)) == ()  # music that hovers above Silero's threshold


def test_one_loud_window_is_a_click_and_two_are_a_word() -> None:
    assert evidence(1.0) < SURE <= 2 * evidence(1.0)
    assert words_in(heard(0.1, 0.99, 0.1)) == ()
    assert words_in(heard(0.1, 0.99, 0.99, 0.1)) == (WordAt(WINDOW_MS, 3 * WINDOW_MS),)


def test_a_second_of_speech_holds_three_words() -> None:
    words = words_in(heard(*[0.01] * 5, *[0.98] * 31, *[0.01] * 5))
    assert words == (WordAt(160, 460), WordAt(460, 760), WordAt(760, 1060))


def test_speech_that_falls_silent_and_begins_again_is_two_stretches() -> None:
    words = words_in(heard(*[0.98] * 4, *[0.05] * 4, *[0.98] * 4))
    assert words == (WordAt(0, 128), WordAt(256, 384))


@given(PROBABILITIES)
def test_words_are_in_order_inside_the_sound_and_never_overlap(probabilities: list[float]) -> None:
    words = words_in(heard(*probabilities))
    edges = [edge for word in words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert all(0 < word.end_ms - word.start_ms <= WORD_MS + LAST_WORD_MS for word in words)
    assert not edges or edges[-1] <= len(probabilities) * WINDOW_MS


@given(PROBABILITIES, st.integers(0, 120))
def test_what_was_found_stays_found(probabilities: list[float], early: int) -> None:
    windows = heard(*probabilities)
    before, after = words_in(windows[:early]), words_in(windows)
    assert before[:-1] == after[: max(0, len(before) - 1)]
    if before:
        assert before[-1].start_ms == after[len(before) - 1].start_ms
        assert before[-1].end_ms <= after[len(before) - 1].end_ms
