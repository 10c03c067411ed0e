"""Digits as they are read out: "oh eight oh eight, one five seven, oh one double two"."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = {
    "oh": "0",
    "o": "0",
    "nought": "0",
    "zero": "0",
    **{
        word: str(value)
        for value, word in enumerate(
            ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1
        )
    },
}
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}
_TOKEN = re.compile(r"[a-z]+|\d+|\+")
_BETWEEN = re.compile(r"[\s,.()\-/–]*")  # what may stand between the groups


def read_digits(text: str) -> str | None:
    """The digits that ``text`` spells, figures or words; None if it says anything else.

    "hundred" is two noughts, as in "oh eight hundred"; a plus stays, in words or as a sign.
    """
    said = text.lower()
    if not _BETWEEN.fullmatch(_TOKEN.sub("", said)):
        return None
    digits, times = "", 1
    for token in _TOKEN.findall(said):
        if token in _TIMES and times == 1:
            times = _TIMES[token]
            continue
        spelt = _spelt(token)
        if spelt is None or (times > 1 and len(spelt) != 1):
            return None
        digits += spelt * times
        times = 1
    return digits if digits and times == 1 else None


def _spelt(token: str) -> str | None:
    if token in ("+", "plus"):
        return "+"
    if token == "hundred":
        return "00"
    return token if token.isdecimal() else _DIGITS.get(token)
