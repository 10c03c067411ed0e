"""Patterns are looked for by the words they begin with, and nothing is overlooked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.opt_outs import _OPT_OUTS, _OTHERWISE
from agents.language.patterns import Phrasebook, compile_pattern, find, first_words
from agents.language.words import joined, word_set

BOOKS = (
    _OPT_OUTS,
    _OTHERWISE,
    Phrasebook.of("* calls [please]\n[never|do not] call\n([not] me|us) again\nstop"),
)
WORDS = sorted(
    word_set(
        "stop no do not never call calling calls me us again off your list please any more "
        "you number remove take from leave alone opt out i want to be on the it | bother mind that"
    )
)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("stop calling", {"stop"}),
        ("(stop|quit) [all] calls", {"stop", "quit"}),
        ("[please|do not] call", {"please", "do", "call"}),
        ("[please] [kindly] (call|[ring] me)", {"please", "kindly", "call", "ring", "me"}),
        ("don't call", {"do"}),
        ("24 hours", {"twenty", "24"}),
    ],
)
def test_a_pattern_is_known_by_its_first_words(pattern: str, words: set[str]) -> None:
    begins = first_words(pattern)
    assert begins is not None
    assert begins <= words
    assert begins


@pytest.mark.parametrize("pattern", ["* calls", "[please] * calls", "(* me|us)", "[please]"])
def test_a_pattern_that_may_begin_with_any_word_is_always_tried(pattern: str) -> None:
    assert first_words(pattern) is None


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_what_is_found_is_what_trying_every_pattern_finds(words: list[str]) -> None:
    text = joined(tuple(words))
    for book in BOOKS:
        assert book.found_in(text) == any(each.search(text) for each in book.compiled)
        assert book.is_all_of(text) == any(each.fullmatch(text, 1) for each in book.compiled)
        cut = text
        for each in book.compiled:
            cut = each.sub("| ", cut)
        assert book.without(text) == cut


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_one_pattern_is_found_where_it_stands(words: list[str]) -> None:
    text = joined(tuple(words))
    for pattern in ("* calls", "[do not] call (me|us)", "(stop|never) [you] call", "take me off"):
        found, expected = find(pattern, text), compile_pattern(pattern).search(text)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert (found.start, found.end) == expected.span()
