"""Everything with digits, in the order in which it is tried: the particular before the plain."""

from __future__ import annotations

import re
from typing import Final

from core.stops import numbers_what_follows
from voice.spoken.clock import CLOCK
from voice.spoken.codes import CODES, POSTCODES
from voice.spoken.dates import DATES, NUMERIC_DATES, YEARS
from voice.spoken.money import MONEY
from voice.spoken.numbers import NUMBER, digits, figure, in_words, ordinal, value
from voice.spoken.sheet import CLAIMED, Rules, Said
from voice.spoken.telephone import TELEPHONE
from voice.spoken.units import PARTS, UNITS

_RANK = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3}){0,3}|\d{1,9})(?:st|nd|rd|th)(?!\w)", re.I)
_NUMBERED = re.compile(
    rf"\b(?:[Nn]os?|NOS?)\. ?(?=[\d{CLAIMED}])|(?:№|#) ?(?=[\d{CLAIMED}])"
    r"|\b[Nn]o\.(?= of\b(?! course)| is\b)"
)
_RANGE = re.compile(rf"(?<![\w.,:/-])({NUMBER})( ?[-–—] ?)({NUMBER})(?![\w:/%-]|[.,]\d)")
_RATIO = re.compile(r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:])")
_STARS = re.compile(r"(?<![\w.,])(\d)\*(?=\s[a-z]|-|[.,;:!?)]|$)")
_RATED = re.compile(
    rf"(?<![\w.,])({NUMBER}) ?[★⭐]\ufe0f?(?P<noun>(?=[ -](?:rat|review|hotel|serv)))?"
)
_TIMES = re.compile(r"(?<=\d) ?[*×] ?(?=\d)")
_VERSION = re.compile(r"(?<![\w.,])\d{1,4}(?:\.\d{1,4}){2,5}(?!\w)")
_POINT = re.compile(r"(?<![\w.])\.(\d{1,9})(?!\d)")
_PLUS = re.compile(rf"(?<![\w.,])({NUMBER})\+(?![\w+])")
_PLAIN = re.compile(NUMBER)
_LEFT = re.compile(r"\d{1,200}")


def _numbered(found: re.Match[str]) -> Said:
    written = found[0].lower()
    if written.startswith("nos"):
        return "numbers"
    if found[0].endswith("."):  # "no. of beds", "my no. is"
        told = not found.start() or numbers_what_follows(found.string[: found.start()])
        return "number" if told else None
    begins = not found.start() and found[0] == "no. "  # a piece of a sentence
    if written == "no. " and not (begins or numbers_what_follows(found.string[: found.start()])):
        return None
    return "number"


def _rated(found: re.Match[str]) -> Said:
    return f"{figure(found[1])} {'stars' if found['noun'] is None and found[1] != '1' else 'star'}"


def _range(found: re.Match[str]) -> Said:
    first, last = found[1], found[3]
    return ((found.start(), found.end(2), f"{figure(first)} to"), (*found.span(3), figure(last)))


_RANKS: Final = Rules(
    re.compile(r"\d|#|№|[Nn][Oo]s?\."),
    (
        (_NUMBERED, _numbered),
        (_RANK, lambda found: ordinal(value(found[1]))),
    ),
)
_NUMBERS: Final = Rules(
    re.compile(r"\d"),
    (
        (_VERSION, lambda found: " point ".join(in_words(int(n)) for n in found[0].split("."))),
        (_RANGE, _range),
        (_RATIO, lambda found: f"{figure(found[1])} to {figure(found[2])}"),
        (_RATED, _rated),
        (_STARS, lambda found: f"{figure(found[1])} star"),
        (_TIMES, lambda found: "times"),
        (_PLUS, lambda found: f"{figure(found[1])} plus"),
        (_POINT, lambda found: figure(f"0.{found[1]}")),
        (_PLAIN, lambda found: figure(found[0])),
        (_LEFT, lambda found: digits(found[0])),
    ),
)
FIGURES: Final = (
    POSTCODES, NUMERIC_DATES, TELEPHONE, MONEY, CLOCK, DATES, UNITS, _RANKS, YEARS, CODES, PARTS,
    _NUMBERS,
)  # fmt: skip
