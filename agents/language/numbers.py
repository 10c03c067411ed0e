"""Numbers in words and figures: "three", "twenty first", "one hundred and fifty", "4", "5th"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agents.language.words import word_set

_UNITS: Final = {
    word: value
    for value, word in enumerate(
        (
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen",
        )
    )
}  # fmt: skip
_TENS: Final = {
    word: 10 * value
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_ORDINAL_UNITS: Final = {
    word: value
    for value, word in enumerate(
        (
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
            "seventeenth", "eighteenth", "nineteenth",
        ),
        start=1,
    )
}  # fmt: skip
_ORDINAL_TENS: Final = {"twentieth": 20, "thirtieth": 30}
_FIGURE_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
COUPLE: Final = 2
MOST_DIGITS: Final = 9  # longer runs are telephone numbers, not quantities

# What a recogniser writes for a number that stands alone.
_SOUNDS_LIKE: Final = {"won": 1, "to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "free": 3}
_TAKES_BACK: Final = word_set("no sorry actually rather wait mean make")
_OTHER_COUNTS: Final = word_set(
    "moment moments second seconds sec minute minutes mo tick hour hours day days week weeks month "
    "months year years time times question questions thing people bathroom bathrooms bath baths "
    "floor floors storey storeys percent pounds o'clock am pm"
)
_POINTERS: Final = word_set("that this which no any every other another next someone")
_FRAME: Final = word_set(
    "a an the i we it is has have got there are about just only with of and well so yes yeah "
    "think would say that oh ok please house flat property maybe probably"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands: ``words[start:end]``."""

    value: int
    start: int
    end: int


def cardinal(words: Sequence[str], at: int) -> Number | None:
    """The number that begins at ``at``: "forty one", "one hundred and five", "12"."""
    if at >= len(words):
        return None
    word = words[at]
    if word.isdecimal() and len(word) <= MOST_DIGITS:
        return Number(int(word), at, at + 1)
    small = _below_hundred(words, at)
    if word == "a" and _word(words, at + 1) in ("hundred", "thousand"):
        small = Number(1, at, at + 1)
    if small is None:
        return None
    whole = _scaled(words, small, "hundred", 100)
    return _scaled(words, whole, "thousand", 1000)


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _below_hundred(words: Sequence[str], at: int) -> Number | None:
    word = _word(words, at)
    if word in _UNITS:
        return Number(_UNITS[word], at, at + 1)
    if word in _TENS:
        unit = _UNITS.get(_word(words, at + 1), 0)
        if 1 <= unit <= 9:
            return Number(_TENS[word] + unit, at, at + 2)
        return Number(_TENS[word], at, at + 1)
    return None


def _scaled(words: Sequence[str], lead: Number, scale_word: str, scale: int) -> Number:
    """``lead`` times the scale that follows it, plus what comes after ("and five")."""
    if _word(words, lead.end) != scale_word:
        return lead
    end = lead.end + 1
    rest_at = end + 1 if _word(words, end) == "and" else end
    rest = _below_hundred(words, rest_at)
    if rest is not None and scale > 100:
        rest = _scaled(words, rest, "hundred", 100)
    if rest is None:
        return Number(lead.value * scale, lead.start, end)
    return Number(lead.value * scale + rest.value, lead.start, rest.end)


def ordinal(words: Sequence[str], at: int) -> Number | None:
    """The ordinal that begins at ``at``: "fifth", "twenty first", "24th"."""
    word = _word(words, at)
    figure = _FIGURE_ORDINAL.fullmatch(word)
    if figure:
        return Number(int(figure.group(1)), at, at + 1)
    if word in _ORDINAL_UNITS:
        return Number(_ORDINAL_UNITS[word], at, at + 1)
    if word in _ORDINAL_TENS:
        return Number(_ORDINAL_TENS[word], at, at + 1)
    unit = _ORDINAL_UNITS.get(_word(words, at + 1), 0)
    if word in _TENS and 1 <= unit <= 9:
        return Number(_TENS[word] + unit, at, at + 2)
    return None


def cardinals(words: Sequence[str]) -> Iterator[Number]:
    """Every number of the utterance, in order."""
    at = 0
    while at < len(words):
        found = cardinal(words, at)
        if found is None:
            at += 1
        else:
            yield found
            at = found.end


def quantity(words: Sequence[str], nouns: Sequence[str] = (), *, asked: bool = True) -> int | None:
    """The one number that answers "how many?"; None when there is none or more than one.

    ``asked``: it was asked for, so a number without one of ``nouns`` counts as well.

    A number right before one of ``nouns`` ("three bedrooms and two bathrooms") is preferred;
    a later number counts when it takes an earlier one back ("three, no, four").
    """
    found = [number for number in cardinals(words) if not _counts_else(words, number)]
    named = [number for number in found if _word(words, number.end) in nouns]
    counted = named or (found if asked else [])
    if not counted and asked:
        return COUPLE if "couple" in words else _sounds_like(words)
    if not counted:
        return None
    last = counted[-1]
    if len({number.value for number in counted}) == 1:
        return last.value
    between = words[counted[-2].end : last.start]
    if _TAKES_BACK & set(between):
        return last.value
    return None


def _counts_else(words: Sequence[str], number: Number) -> bool:
    """ "one moment", "ten years", "that one"."""
    if _word(words, number.end) in _OTHER_COUNTS:
        return True
    return words[number.start] == "one" and _word(words, number.start - 1) in _POINTERS


def _sounds_like(words: Sequence[str]) -> int | None:
    """A homophone counts as a number only when nothing else of substance was said."""
    bare = [word for word in words if word not in _FRAME and not word.startswith("bed")]
    if len(bare) == 1:
        return _SOUNDS_LIKE.get(bare[0])
    return None
