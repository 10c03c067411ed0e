"""Telephone numbers as scripts have them read out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.spoken_digits import read_digits

WORDS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("oh eight oh eight, one five seven, oh one double two", "08081570122"),
        ("0808 157 0122", "08081570122"),
        ("Oh eight hundred, triple one, nought zero nine", "0800111009"),
        ("plus four four, 20", "+4420"),
        ("(0808) 157-0122", "08081570122"),
        ("oh eight hundred, flowers", None),
        ("double", None),
        ("double hundred", None),
        ("double double two", None),
        ("call us!", None),
        (" , ", None),
        ("", None),
    ],
)
def test_what_is_read_out_is_read_back(said: str, digits: str | None) -> None:
    assert read_digits(said) == digits


@given(st.text("0123456789", min_size=1, max_size=15))
def test_every_number_spelt_word_by_word_comes_back(digits: str) -> None:
    assert read_digits(" ".join(WORDS[int(digit)] for digit in digits)) == digits
