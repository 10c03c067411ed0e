"""Reading a telephone number as people write it, and telling what kind of line it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from compliance.gate import NumberClass, NumberFacts
from core.errors import InvalidInputError
from core.phone import PhoneNumber

HOME_REGION: Final = "GB"  # the country of numbers written without a code
# 07700 900000-900999 are kept for drama (Ofcom, "Telephone numbers for use in TV and radio
# drama programmes", read 2026-11-21): no one answers, and libphonenumber calls them invalid.
DRAMA_MOBILE: Final = re.compile(r"\+447700900[0-9]{3}")
SPACING: Final = re.compile(r"[\s().\-/]")  # what people write between the digits
DIGITS: Final = re.compile(r"\+?[0-9]{2,20}")
HOME_PREFIX: Final = re.compile(r"(?:\+|00)44")

CLASSES: Final[Mapping[int, NumberClass]] = MappingProxyType(
    {
        PhoneNumberType.FIXED_LINE: NumberClass.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberClass.FIXED_LINE,
        PhoneNumberType.MOBILE: NumberClass.MOBILE,
        PhoneNumberType.UAN: NumberClass.UAN,
        PhoneNumberType.VOIP: NumberClass.VOIP,
        PhoneNumberType.TOLL_FREE: NumberClass.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE: NumberClass.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST: NumberClass.PREMIUM_RATE,
        PhoneNumberType.PERSONAL_NUMBER: NumberClass.PERSONAL,
        PhoneNumberType.PAGER: NumberClass.PAGER,
    }
)

# What Twilio puts for a number that is not shown: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and
# UNAVAILABLE on a telephone's keys (support.twilio.com, "Why am I getting calls from these
# strange numbers?", from memory).
WITHHELD: Final = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})

NO_NUMBER: Final = NumberFacts(None, NumberClass.INVALID, "")


def read_number(text: str, *, drama_allowed: bool = False) -> NumberFacts:
    """What ``text`` is as a number to call; an unreadable one is INVALID, never an error.

    ``drama_allowed``: take the mobiles kept for drama as mobiles.
    """
    digits = SPACING.sub("", text)
    if not DIGITS.fullmatch(digits):
        return NO_NUMBER
    short = HOME_PREFIX.sub("", digits, count=1)
    for spelling in (digits, short):
        if phonenumbers.connects_to_emergency_number(spelling, HOME_REGION):
            return NumberFacts(None, NumberClass.EMERGENCY, HOME_REGION)
    try:
        parsed = phonenumbers.parse(digits, HOME_REGION)
    except phonenumbers.NumberParseException:
        return _short_or_nothing(short)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if drama_allowed and DRAMA_MOBILE.fullmatch(e164):
        return NumberFacts(PhoneNumber(e164), NumberClass.MOBILE, HOME_REGION)
    if not phonenumbers.is_valid_number(parsed):
        return _short_or_nothing(short)
    kind = CLASSES.get(phonenumbers.number_type(parsed), NumberClass.OTHER)
    region = phonenumbers.region_code_for_number(parsed) or ""
    return NumberFacts(PhoneNumber(e164), kind, region)


def carrier_number(text: str) -> PhoneNumber | None:
    """The number in a webhook's field; None when withheld ("anonymous", a SIP address, ...)."""
    if text in WITHHELD:
        return None
    try:
        return PhoneNumber(text)
    except InvalidInputError:
        return None


def _short_or_nothing(digits: str) -> NumberFacts:
    """118 500, 101, 116 123 ...: short numbers have no E.164 form."""
    try:
        parsed = phonenumbers.parse(digits, HOME_REGION)
    except phonenumbers.NumberParseException:
        return NO_NUMBER
    if phonenumbers.is_valid_short_number_for_region(parsed, HOME_REGION):
        return NumberFacts(None, NumberClass.SHORT, HOME_REGION)
    return NO_NUMBER
