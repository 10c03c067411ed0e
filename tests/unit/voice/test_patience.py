"""The silence that ends a turn: each witness on its own, and that none is ever turned around."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech import AnswerKind, Expectation
from voice.endpointing import PAUSE_MS, Patience
from voice.patience import (
    HABIT_MOST_MS,
    HALF_MS,
    LIKELY_MS,
    SHORT_LIKELY_MS,
    SHORT_UNLIKELY_MS,
    SHORT_VOICE_MS,
    SURE_MS,
    UNLIKELY_MS,
    WHOLE_MS,
    CallerPauses,
    silence_needed_ms,
)

PATIENCE = Patience()
STRANGER = CallerPauses()
SLOW = STRANGER.after(700).after(700)
OPEN = Expectation()
YES_NO = Expectation(frozenset({AnswerKind.YES_NO}))
POSTCODE = Expectation(frozenset({AnswerKind.POSTCODE}))

kinds = st.frozensets(st.sampled_from(AnswerKind))
texts = st.sampled_from([None, "", "yes", "yes please", "b n three", "BN3 2AB", "my name is", "um"])
answers = st.none() | st.floats(0, 1)
habits = st.lists(st.integers(0, 3000), max_size=6)
voices = st.none() | st.integers(0, 5000)


def habit(of: list[int]) -> CallerPauses:
    pauses = STRANGER
    for pause in of:
        pauses = pauses.after(pause)
    return pauses


@pytest.mark.parametrize("kind", AnswerKind)
def test_when_nobody_knows_the_kind_of_answer_decides(kind: AnswerKind) -> None:
    expects = Expectation(frozenset({kind}))
    assert silence_needed_ms(expects, None, None, STRANGER, PATIENCE) == PAUSE_MS[kind]


@pytest.mark.parametrize(
    ("expects", "text", "expected"),
    [
        (YES_NO, "yes", PAUSE_MS[AnswerKind.YES_NO]),  # "Yes, I do." may follow
        (YES_NO, "yes i do", WHOLE_MS),
        (OPEN, "my name is", HALF_MS),
        (POSTCODE, "b n three two a b", WHOLE_MS),
        (POSTCODE, "b n three", HALF_MS),
    ],
)
def test_without_a_model_the_words_count(expects: Expectation, text: str, expected: int) -> None:
    assert silence_needed_ms(expects, text, None, STRANGER, PATIENCE) == expected


@pytest.mark.parametrize(
    ("complete", "voiced_ms", "text", "expected"),
    [
        (0.9, SHORT_VOICE_MS, None, SHORT_LIKELY_MS),
        (0.1, SHORT_VOICE_MS, None, SHORT_UNLIKELY_MS),
        (0.1, SHORT_VOICE_MS, "yes please", SHORT_LIKELY_MS),
        (0.99, SHORT_VOICE_MS, "my", UNLIKELY_MS),
        (0.97, 2000, None, SURE_MS),
        (0.97, None, None, SURE_MS),
        (0.7, 2000, None, LIKELY_MS),
        (0.2, 2000, None, UNLIKELY_MS),
        (0.7, 2000, "no thank you", SURE_MS),
        (0.2, 2000, "no thank you", LIKELY_MS),
        (0.99, 2000, "and then the", UNLIKELY_MS),
    ],
)
def test_with_a_model_voice_and_words_count(
    complete: float, voiced_ms: int | None, text: str | None, expected: int
) -> None:
    needed = silence_needed_ms(OPEN, text, complete, STRANGER, PATIENCE, voiced_ms=voiced_ms)
    assert needed == expected


def test_a_postcode_waits_however_finished_it_sounds() -> None:
    assert silence_needed_ms(POSTCODE, None, 0.99, STRANGER, PATIENCE, voiced_ms=600) == LIKELY_MS


def test_who_pauses_long_is_given_longer() -> None:
    assert silence_needed_ms(YES_NO, None, None, SLOW, PATIENCE) == 875
    assert silence_needed_ms(OPEN, None, 0.7, SLOW, PATIENCE, voiced_ms=2000) == 875
    assert silence_needed_ms(OPEN, None, 0.99, SLOW, PATIENCE, voiced_ms=2000) == SURE_MS


def test_a_habit_is_an_average_of_pauses_not_of_closures() -> None:
    assert STRANGER.after(64) == STRANGER
    assert STRANGER.after(400).habit_ms == 0
    assert STRANGER.after(400).after(400).habit_ms == 500
    assert STRANGER.after(400).after(1400).typical_ms == pytest.approx(500)


@given(kinds, texts, answers, habits, voices, st.integers(0, 2000))
def test_every_silence_is_finite_and_what_is_added_is_added(
    kinds: frozenset[AnswerKind],
    text: str | None,
    complete: float | None,
    pauses: list[int],
    voiced_ms: int | None,
    extra: int,
) -> None:
    expects, known = Expectation(kinds), habit(pauses)
    needed = silence_needed_ms(expects, text, complete, known, PATIENCE, voiced_ms=voiced_ms)
    assert SHORT_LIKELY_MS <= needed <= HABIT_MOST_MS
    more = Patience(extra_pause_ms=extra)
    with_more = silence_needed_ms(expects, text, complete, known, more, voiced_ms=voiced_ms)
    assert with_more == needed + extra


@given(kinds, texts, st.floats(0, 1), st.floats(0, 1), habits, voices)
def test_who_sounds_more_finished_never_waits_longer(
    kinds: frozenset[AnswerKind],
    text: str | None,
    one: float,
    other: float,
    pauses: list[int],
    voiced_ms: int | None,
) -> None:
    less, more = (
        silence_needed_ms(Expectation(kinds), text, p, habit(pauses), PATIENCE, voiced_ms=voiced_ms)
        for p in sorted((one, other))
    )
    assert more <= less


@given(kinds, answers, habits, voices)
def test_a_whole_answer_never_waits_longer_and_half_of_one_never_shorter(
    kinds: frozenset[AnswerKind], complete: float | None, pauses: list[int], voiced_ms: int | None
) -> None:
    whole, unknown, half = (
        silence_needed_ms(
            Expectation(kinds), text, complete, habit(pauses), PATIENCE, voiced_ms=voiced_ms
        )
        for text in ("yes please", "i live in a house", "i live in the")
    )
    assert whole <= unknown <= half


@given(kinds, texts, answers, voices, habits, st.integers(0, 3000))
def test_longer_pauses_never_shorten_the_silence(
    kinds: frozenset[AnswerKind],
    text: str | None,
    complete: float | None,
    voiced_ms: int | None,
    pauses: list[int],
    longer: int,
) -> None:
    short, long = (
        silence_needed_ms(
            Expectation(kinds), text, complete, habit(known), PATIENCE, voiced_ms=voiced_ms
        )
        for known in ([200, *pauses], [200 + longer, *pauses])
    )
    assert short <= long
