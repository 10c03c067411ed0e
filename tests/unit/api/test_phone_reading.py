"""Reading numbers: kinds of line, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.phone_reading import carrier_number, read_number
from compliance.gate import NumberClass
from core.phone import PhoneNumber


@pytest.mark.parametrize(
    ("text", "kind", "region"),
    [
        ("020 7946 0123", NumberClass.FIXED_LINE, "GB"),
        ("+44 (20) 7946-0123", NumberClass.FIXED_LINE, "GB"),
        ("0044 131 496 0123", NumberClass.FIXED_LINE, "GB"),
        ("07400 123456", NumberClass.MOBILE, "GB"),
        ("03069 990123", NumberClass.UAN, "GB"),
        ("056 0123 4567", NumberClass.VOIP, "GB"),
        ("0808 157 0123", NumberClass.TOLL_FREE, "GB"),
        ("0909 879 0123", NumberClass.PREMIUM_RATE, "GB"),
        ("0845 123 4567", NumberClass.PREMIUM_RATE, "GB"),
        ("070 1234 5678", NumberClass.PERSONAL, "GB"),
        ("07640 123456", NumberClass.PAGER, "GB"),
        ("07797 123456", NumberClass.MOBILE, "JE"),
        ("+1 415 867 5309", NumberClass.FIXED_LINE, "US"),
        ("999", NumberClass.EMERGENCY, "GB"),
        ("112", NumberClass.EMERGENCY, "GB"),
        ("+44 999", NumberClass.EMERGENCY, "GB"),
        ("0044 112", NumberClass.EMERGENCY, "GB"),
        ("101", NumberClass.SHORT, "GB"),
        ("116 123", NumberClass.SHORT, "GB"),
        ("118500", NumberClass.SHORT, "GB"),
        ("07700 900123", NumberClass.INVALID, ""),
        ("01632 960123", NumberClass.INVALID, ""),
        ("020 7946 0123 x5", NumberClass.INVALID, ""),
        ("anonymous", NumberClass.INVALID, ""),
        ("+", NumberClass.INVALID, ""),
        ("٠٢٠٧٩٤٦٠١٢٣", NumberClass.INVALID, ""),
    ],
)
def test_kinds_of_number(text: str, kind: NumberClass, region: str) -> None:
    facts = read_number(text)
    assert (facts.number_class, facts.region) == (kind, region)


def test_drama_mobiles_are_mobiles_when_allowed() -> None:
    facts = read_number("07700 900123", drama_allowed=True)
    assert facts.number == PhoneNumber("+447700900123")
    assert facts.number_class is NumberClass.MOBILE
    assert read_number("01632 960123", drama_allowed=True).number is None


@given(st.text(max_size=30) | st.from_regex(r"[+0-9 ()-]{0,25}", fullmatch=True))
def test_any_text_is_read_without_an_error(text: str) -> None:
    facts = read_number(text)
    reachable = facts.number_class not in {
        NumberClass.INVALID,
        NumberClass.EMERGENCY,
        NumberClass.SHORT,
    }
    assert (facts.number is not None) is reachable


def test_what_the_carrier_sends_for_a_number() -> None:
    assert carrier_number("+442079460123") == PhoneNumber("+442079460123")
    for withheld in ("anonymous", "sip:a@b", "", "+266696687", "Restricted"):
        assert carrier_number(withheld) is None
