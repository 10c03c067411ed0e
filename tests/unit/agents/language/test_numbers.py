"""Numbers in words and figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.numbers import cardinal, ordinal, quantity
from agents.language.spoken import spoken_number, spoken_ordinal
from agents.language.words import words_of

NOUNS = ("bedroom", "bedrooms", "bed", "beds")


@given(st.integers(0, 999_999))
def test_a_number_said_is_read_back(value: int) -> None:
    words = words_of(spoken_number(value).replace("-", " "))
    found = cardinal(words, 0)
    assert found is not None
    assert (found.value, found.end) == (value, len(words))


@given(st.integers(1, 31))
def test_an_ordinal_said_is_read_back(value: int) -> None:
    words = words_of(spoken_ordinal(value))
    found = ordinal(words, 0)
    assert found is not None
    assert (found.value, found.end) == (value, len(words))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("three", 3),
        ("three bedrooms", 3),
        ("3", 3),
        ("3 bedrooms.", 3),
        ("3-bed", 3),
        ("it's a three bed", 3),
        ("it has got four bedrooms", 4),
        ("just the one", 1),
        ("two bedrooms and one bathroom", 2),
        ("one bathroom and two bedrooms", 2),
        ("three no four", 4),
        ("three sorry i mean two", 2),
        ("three three", 3),
        ("three or four", None),
        ("two to three", None),
        ("i don't know", None),
        ("a few", None),
        ("one moment", None),
        ("that one", None),
        ("i've lived here ten years", None),
        ("", None),
        ("for", 4),
        ("to", 2),
        ("oh for i think", 4),
        ("for sale", None),
        ("five", 5),
        ("there are five bedrooms", 5),
        ("twelve", 12),
        ("a hundred", 100),
        ("07700900123", None),
    ],
)
def test_how_many(text: str, number: int | None) -> None:
    assert quantity(words_of(text), NOUNS) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("i own it and it has three bedrooms", 3), ("tuesday at ten", None), ("yes three", None)],
)
def test_in_passing_only_with_its_noun(text: str, number: int | None) -> None:
    assert quantity(words_of(text), NOUNS, asked=False) == number
