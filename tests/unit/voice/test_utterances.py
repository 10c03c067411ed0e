"""One sentence on its way: pieces, word times told twice, and where its sound begins again."""

from __future__ import annotations

import numpy as np

from voice.audio import g711
from voice.ports import WordTime
from voice.utterances import FADE, FRAME, PER_MS, Utterance, told

LOUD = g711.encode(np.full(8000, 8000, dtype=np.int16))


def _whole(text: str, *words: WordTime) -> Utterance:
    utterance = Utterance(1, 1, text)
    utterance.take(LOUD, words)
    utterance.end(whole=True)
    return utterance


def test_a_word_that_is_said_as_several_is_one_word() -> None:
    utterance = Utterance(1, 1, "£250 now")
    utterance.take(b"", (WordTime(0, 4, 0, 200), WordTime(0, 4, 200, 300)))
    utterance.take(b"", (WordTime(0, 4, 200, 700), WordTime(5, 8, 700, 900)))
    utterance.take(b"", (WordTime(5, 8, 700, 900),))
    assert list(utterance.words.values()) == [WordTime(0, 4, 0, 700), WordTime(5, 8, 700, 900)]


def test_a_piece_ends_with_a_word_and_holds_whole_frames() -> None:
    utterance = _whole("a b", WordTime(0, 1, 0, 250), WordTime(2, 3, 250, 1000))
    sizes = []
    while not utterance.all_sent:
        sizes.append(utterance.next_piece(5 * FRAME))
        utterance.give(sizes[-1])
    assert [size // FRAME for size in sizes] == [5, 5, 3, 5, 5, 5, 5, 5, 5, 5, 2]
    assert utterance.next_piece(5 * FRAME, to_word_end=False) == 0


def test_the_end_of_a_word_that_is_still_being_made_cuts_nothing() -> None:
    utterance = Utterance(1, 1, "a b")
    utterance.take(LOUD[:1600], (WordTime(0, 1, 0, 30),))
    assert utterance.next_piece(5 * FRAME) == 5 * FRAME
    utterance.end(whole=True)
    assert utterance.next_piece(5 * FRAME) == 2 * FRAME


def test_sound_that_goes_on_in_the_middle_fades_in() -> None:
    utterance = _whole("a b", WordTime(0, 1, 0, 500), WordTime(2, 3, 500, 1000))
    whole = utterance.give(5 * FRAME)
    assert whole == LOUD[: 5 * FRAME]
    utterance.played = 450 * PER_MS
    utterance.rewind()
    assert utterance.sent == 500 * PER_MS
    piece = g711.decode(utterance.give(FRAME))
    assert piece[0] == 0
    assert (np.diff(piece[:FADE].astype(int)) >= 0).all()
    assert g711.encode(piece[FADE:]) == LOUD[: FRAME - FADE]
    assert utterance.give(FRAME) == LOUD[:FRAME]


def test_what_was_skipped_does_not_count_as_played() -> None:
    utterance = _whole("a b", WordTime(0, 1, 0, 500), WordTime(2, 3, 500, 1000))
    utterance.played = 300 * PER_MS
    utterance.rewind()
    utterance.rewind()
    assert told(1, [utterance]).text == "a"
    assert told(1, [utterance]).heard_ms == 300
    utterance.played = 600 * PER_MS
    assert told(1, [utterance]).heard_ms == 600


def test_a_notice_goes_on_with_the_word_that_may_have_been_cut() -> None:
    times = (WordTime(0, 1, 0, 300), WordTime(2, 3, 300, 600), WordTime(4, 5, 600, 1000))
    for played_ms, must_hear, goes_on_ms in (
        (500, False, 600),  # half of the second word was heard
        (500, True, 300),
        (650, True, 300),  # the carrier may have been 120 ms behind our clock
        (750, True, 600),
    ):
        utterance = _whole("a b c", *times)
        utterance.must_hear = must_hear
        utterance.played = played_ms * PER_MS
        utterance.rewind()
        assert utterance.heard() == 3, "the second word counts as heard all the same"
        assert utterance.sent == goes_on_ms * PER_MS
        utterance.rewind()  # silenced again before any of it was played
        assert utterance.sent == goes_on_ms * PER_MS


def test_a_notice_without_word_times_begins_anew() -> None:
    utterance = _whole("a b c")
    utterance.must_hear = True
    utterance.played = 700 * PER_MS
    utterance.rewind()
    assert (utterance.sent, utterance.heard()) == (0, 3)
