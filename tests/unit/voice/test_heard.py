"""How much of a text was heard: words, halves of words, and texts without word times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice.heard import heard_until
from voice.ports import WordTime

TEXT = "Hello, this is Sophie."
WORDS = (
    WordTime(0, 5, 0, 400),
    WordTime(7, 11, 500, 700),
    WordTime(12, 14, 700, 800),
    WordTime(15, 21, 800, 1300),
)


def test_a_word_counts_once_half_of_it_was_played() -> None:
    assert heard_until(TEXT, WORDS, 190, 1400) == 0
    assert TEXT[: heard_until(TEXT, WORDS, 210, 1400)] == "Hello,"
    assert TEXT[: heard_until(TEXT, WORDS, 760, 1400)] == "Hello, this is"


def test_all_of_it() -> None:
    assert heard_until(TEXT, WORDS, 1400, 1400) == len(TEXT)
    assert heard_until(TEXT, (), 1400, 1400) == len(TEXT)


def test_without_word_times_the_share_of_the_audio_decides_and_words_stay_whole() -> None:
    assert TEXT[: heard_until(TEXT, (), 700, 1400)] == "Hello, this"
    assert TEXT[: heard_until(TEXT, (), 690, 1400)] == "Hello,"
    assert heard_until("Hello", (), 700, 1400) == 0


@given(st.floats(0, 2000), st.floats(0, 2000), st.booleans())
def test_more_sound_is_never_less_text(one: float, other: float, timed: bool) -> None:
    words = WORDS if timed else ()
    first, last = sorted((one, other))
    assert heard_until(TEXT, words, first, 1400) <= heard_until(TEXT, words, last, 1400)


@given(st.text(alphabet="ab ,.", max_size=30), st.floats(0, 1000))
def test_a_cut_is_inside_the_text_and_never_inside_a_word(text: str, played: float) -> None:
    cut = heard_until(text, (), played, 1000)
    assert 0 <= cut <= len(text)
    assert cut in (0, len(text)) or not (text[cut - 1].isalnum() and text[cut].isalnum())
