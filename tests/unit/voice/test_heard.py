"""How much of a text was heard: words, halves of words, and texts without word times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice.heard import CHARACTER_MS, heard_until, length_ms, resumes_at_ms
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


def test_of_a_sound_still_being_made_the_last_word_is_taken_to_be_longer() -> None:
    begun = (WordTime(0, 5, 0, 400), WordTime(7, 11, 500, 520))
    assert TEXT[: heard_until(TEXT, begun, 530, 1400, whole=False)] == "Hello,"
    assert TEXT[: heard_until(TEXT, begun, 640, 1400, whole=False)] == "Hello, this"
    assert heard_until("Hello", (), 9000, 800, whole=False) == 0


def test_a_word_of_no_length_is_not_heard_before_it_comes() -> None:
    words = (WordTime(0, 3, 0, 200), WordTime(4, 5, 200, 200), WordTime(6, 9, 200, 500))
    assert heard_until("one & two", words, 200, 500) == 3
    assert heard_until("one & two", words, 201, 500) == 5


def test_a_rest_without_letters_is_no_rest() -> None:
    assert heard_until("Yes. ...", (WordTime(0, 3, 0, 300),), 200, 900) == 8


def test_sound_goes_on_where_the_next_word_begins() -> None:
    assert resumes_at_ms(TEXT, WORDS, 0, 1400) == 0
    assert resumes_at_ms(TEXT, WORDS, 6, 1400) == 500
    assert resumes_at_ms(TEXT, WORDS[:2], 11, 1400) == 700
    assert resumes_at_ms(TEXT, (), 11, 1400) == 1400 * 11 / len(TEXT)


def test_a_text_of_which_little_is_made_is_as_long_as_it_reads() -> None:
    assert length_ms(TEXT, 200, whole=False) == len(TEXT) * CHARACTER_MS
    assert length_ms(TEXT, 9000, whole=False) == 9000
    assert length_ms(TEXT, 200, whole=True) == 200


@given(st.floats(1, 2000), st.booleans())
def test_what_sounds_again_is_not_heard_yet(played: float, timed: bool) -> None:
    words = WORDS if timed else ()
    cut = heard_until(TEXT, words, played, 1400)
    if cut < len(TEXT):
        place = resumes_at_ms(TEXT, words, cut, 1400)
        assert heard_until(TEXT, words, place, 1400) <= cut
