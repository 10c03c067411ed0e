"""Whether words make a whole answer: by their ends, by what was asked, by what is likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech import AnswerKind, Expectation
from voice.completeness import Completeness, completeness

COMPLETE, OPEN_ENDED, UNKNOWN = Completeness
OPEN = Expectation()
YES_NO = Expectation(frozenset({AnswerKind.YES_NO}))
NUMBER = Expectation(frozenset({AnswerKind.NUMBER}))
DATES = Expectation(
    frozenset({AnswerKind.DATE_TIME}),
    phrases=("the first one", "i'm with another agent"),
    likely=(
        "tuesday at ten o'clock",
        "tuesday at ten o'clock please",
        "friday at half past eleven",
    ),
)
HALF_POSTCODE = Expectation(frozenset({AnswerKind.POSTCODE}), places=("BN1", "BN3", "BN41"))
POSTCODE = Expectation(frozenset({AnswerKind.POSTCODE}))


@pytest.mark.parametrize(
    ("text", "expects", "expected"),
    [
        ("", OPEN, UNKNOWN),
        ("  ...", OPEN, UNKNOWN),
        ("I would like to sell my house and", OPEN, OPEN_ENDED),
        ("Um,", OPEN, OPEN_ENDED),
        ("well it's the", OPEN, OPEN_ENDED),
        ("My number is", NUMBER, OPEN_ENDED),
        ("My mother's postcode is.", OPEN, OPEN_ENDED),
        ("my name is", OPEN, OPEN_ENDED),
        ("so what I thought was...", OPEN, OPEN_ENDED),
        ("I’m", OPEN, OPEN_ENDED),
        ("i want to sell my flat", OPEN, UNKNOWN),
        ("I want to sell my flat.", OPEN, UNKNOWN),
        ("How much do you charge?", OPEN, COMPLETE),
        ("no thank you", YES_NO, COMPLETE),
        ("yes", YES_NO, UNKNOWN),
        ("Yes, I do.", YES_NO, COMPLETE),
        ("yes i", YES_NO, UNKNOWN),
        ("please stop calling me", OPEN, COMPLETE),
        ("tuesday at ten o'clock", DATES, UNKNOWN),
        ("tuesday at ten o'clock please", DATES, COMPLETE),
        ("friday at half past eleven", DATES, COMPLETE),
        ("friday at half", DATES, OPEN_ENDED),
        ("friday at half past", DATES, OPEN_ENDED),
        ("Wednesday at", DATES, OPEN_ENDED),
        ("i'm with", DATES, OPEN_ENDED),
        ("the first one", DATES, COMPLETE),
        ("the first", DATES, OPEN_ENDED),
        ("10:30 a.m.", DATES, COMPLETE),
        ("b n three", HALF_POSTCODE, UNKNOWN),
        ("BN3.", HALF_POSTCODE, UNKNOWN),
        ("b n", HALF_POSTCODE, OPEN_ENDED),
        ("b n four", HALF_POSTCODE, OPEN_ENDED),
        ("b n forty one", HALF_POSTCODE, UNKNOWN),
        ("it's b n forty", HALF_POSTCODE, OPEN_ENDED),
        ("b n three two a b", HALF_POSTCODE, COMPLETE),
        ("BN3 2AB", POSTCODE, COMPLETE),
        ("BN3", POSTCODE, OPEN_ENDED),
        ("BN3 2", POSTCODE, OPEN_ENDED),
        ("s w one a one a a", POSTCODE, COMPLETE),
        ("b n double one two a b", POSTCODE, COMPLETE),
        ("i don't know", POSTCODE, COMPLETE),
        ("three", NUMBER, UNKNOWN),
        ("two thousand", NUMBER, UNKNOWN),
        ("three bedrooms please", NUMBER, COMPLETE),
        ("five five five", NUMBER, OPEN_ENDED),
        ("five five five one two three", OPEN, OPEN_ENDED),
        ("five five five one two three four five six seven", NUMBER, COMPLETE),
        ("0 2 0 7 9 4 6 0 9 5", NUMBER, OPEN_ENDED),
        ("oh two oh double seven nine four six oh nine five", NUMBER, COMPLETE),
        ("020 7946", NUMBER, OPEN_ENDED),
        ("020 7946 0958", NUMBER, COMPLETE),
        ("350000", NUMBER, UNKNOWN),
    ],
)
def test_what_the_words_say(text: str, expects: Expectation, expected: Completeness) -> None:
    assert completeness(text, expects) is expected


@given(st.text(max_size=60), st.sets(st.sampled_from(AnswerKind)), st.lists(st.text(max_size=8)))
def test_any_text_is_judged(text: str, kinds: set[AnswerKind], phrases: list[str]) -> None:
    expects = Expectation(frozenset(kinds), phrases=tuple(phrases), places=tuple(phrases))
    assert completeness(text, expects) in Completeness


@given(st.text("abcdefghij '", max_size=40), st.sampled_from(AnswerKind))
def test_who_ends_on_and_has_not_finished(text: str, kind: AnswerKind) -> None:
    expects = Expectation(frozenset({kind}))
    assert completeness(text + " and", expects) is Completeness.OPEN_ENDED


@given(st.lists(st.sampled_from(["yes", "no", "b", "three", "my", "please"]), max_size=6))
def test_stops_and_capitals_change_nothing(words: list[str]) -> None:
    for kind in AnswerKind:
        expects = Expectation(frozenset({kind}))
        written = ", ".join(word.capitalize() for word in words) + "."
        assert completeness(written, expects) is completeness(" ".join(words), expects)
