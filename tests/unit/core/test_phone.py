"""A phone number never prints itself in full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.phone import SHOWN_DIGITS, PhoneNumber

NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)


@given(NUMBERS)
def test_whatever_prints_it_shows_too_little_to_dial(e164: str) -> None:
    number = PhoneNumber(e164)
    for shown in (str(number), repr(number), f"{number}", f"{[number]!r}"):
        assert e164 not in shown
        assert e164[3:-SHOWN_DIGITS] == "" or e164[1:-SHOWN_DIGITS] not in shown
        assert shown.count("…") == 1
        assert sum(character.isdigit() for character in shown) <= 2 + SHOWN_DIGITS
    assert number.e164 == e164


def test_two_numbers_can_be_told_apart() -> None:
    assert str(PhoneNumber("+442079460123")) == "+44…123"
    assert repr(PhoneNumber("+442079460123")) == "PhoneNumber(+44…123)"
    assert PhoneNumber("+442079460123") == PhoneNumber("+442079460123")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "447700900456",
        "+0447700900456",
        "+44 7700 900456",
        "+44770090045678901",
        "+12345",
        "+44770090045x",
        "+447700900456\n",
        "tel:+447700900456",
        "+44٧٧٠٠٩٠٠٤٥٦",  # digits, but not those of E.164
    ],
)
def test_what_is_not_e164_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        PhoneNumber(wrong)
    assert refused.value.field == "phone_number"
    assert not wrong or wrong not in str(refused.value)
