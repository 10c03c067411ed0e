"""Writing read out: what recognisers that punctuate write, in the form in which it is spoken.

Whisper writes "It's a 3-bed, £450,000. Tuesday at 10.30am." where a caller says words. Signs that
the reader would take apart or mistake are said out here; figures that it knows stay figures,
because "november 24" says more than "november twenty four". ``in_words`` is for wordings, which
are compared word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from agents.language.spoken import spoken_number, spoken_ordinal

MOST_IN_WORDS: Final = 99  # larger numbers stand in no wording
LAST_HOUR: Final = 23
LAST_MONTH: Final = 12

_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-"})
_MONEY: Final = {"£": "pounds", "$": "dollars", "€": "euros"}
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_SINGLE = r"(?<![\w'])\w(?![\w'])"
_INWARD = r"[abd-hjlnp-uw-z]{2}"  # the letters that may end a postcode
_SMALL_WORDS = r"(?:at|on|in|to|is|it|by|or|of|am|pm|no|so|up|my|we|he|me|do|if|as|an|be|a|i)"
_WEEKDAYS: Final = {"wed": "wednesday", "sat": "saturday", "sun": "sunday"}
_HOURS = r"(?:an? hour|hours?|hrs?)"

_Say: TypeAlias = str | Callable[[re.Match[str]], str]


def as_spoken(text: str) -> str:
    """``text`` with its signs said out; letters keep their case. Once more changes nothing."""
    text = text.translate(_QUOTES)
    for pattern, said in _SIGNS:
        text = pattern.sub(said, text)
    return text


def in_words(word: str) -> str:
    """A small number or rank in words ("3" as "three", "2nd" as "second"); else the word itself."""
    if word.isdecimal() and len(word) <= 2:
        return spoken_number(int(word)).replace("-", " ")
    rank = _ORDINAL.fullmatch(word)
    if rank is not None:
        return spoken_ordinal(int(rank[1])).replace("-", " ")
    return word


def _money(found: re.Match[str]) -> str:
    sign, amount, pence, scale = found.groups()
    unit = _MONEY[sign]
    scale = {"k": "thousand", "m": "million"}.get((scale or "").lower(), scale or "")
    if pence and (scale or len(pence) != 2):
        return f"{amount} point {pence} {scale} {unit}".replace("  ", " ")
    return " ".join(part for part in (amount, scale, unit, pence) if part)


def _run(found: re.Match[str]) -> str:
    """Letters read out one by one, whatever stands between them; "I, I, I" only stammers."""
    if len(set(re.findall(r"\w", found[0].lower()))) == 1:
        return found[0]
    return " ".join(re.findall(r"\w", found[0]))


def _two(found: re.Match[str]) -> str:
    """ "24-11" is a date, "10-30" a time, "2-4" a range."""
    first, second = int(found[1]), int(found[2])
    if first > LAST_HOUR and 1 <= second <= LAST_MONTH:
        return f"{first}/{second}"
    if first <= LAST_HOUR and second in (0, 15, 30, 45) and len(found[2]) == 2:
        return f"{first}:{found[2]}"
    return f"from {first} to {second}" if first < second else found[0]


def _dotted(found: re.Match[str]) -> str:
    """ "24.11" is a date, "10.30" a time of day."""
    day, month = int(found[1]), int(found[2])
    if LAST_HOUR < day <= 31 and 1 <= month <= LAST_MONTH:
        return f"{found[1]}/{found[2]}"
    return f"{found[1]}:{found[2]}" if day <= LAST_HOUR and month < 60 else found[0]


def _sign(pattern: str, said: _Say) -> tuple[re.Pattern[str], _Say]:
    return re.compile(pattern, re.IGNORECASE), said


_SIGNS: Final[tuple[tuple[re.Pattern[str], _Say], ...]] = (
    # A greeting or a yes with a rising voice asks nothing.
    _sign(r"(?:^|(?<=[.!?,]))(\s*(?:hello|hi|hey|yes|yeah|yep|yup))\s*\?+", r"\1."),
    _sign(r"\bo\.\s?k\b\.?", "ok"),
    _sign(r"\b(mr|mrs|ms|dr|prof)\.(?=\s)", r"\1"),
    # Letters and figures that are read out: "B-N-3", "S. M. I. T. H.", "J. Smith"
    _sign(rf"{_SINGLE}(?:[\s.,-]+{_SINGLE}){{2,}}", _run),
    _sign(r"(?<![\w'.])([a-z])\.(?=\s+[a-z]{2})", r"\1"),
    _sign(rf"\b([a-z]{{1,2}}\d{{1,2}}[a-z]?)[\s,.-]+(\d{_INWARD})\b", r"\1 \2"),
    _sign(
        rf"\b(?!{_SMALL_WORDS}\b)([a-z]{{1,2}})[ .-](\d{{1,2}}[a-z]?)[\s,.-]+(\d)[ .-]?"
        rf"(?!st\b|nd\b|rd\b|th\b)({_INWARD})\b",
        r"\1\2 \3\4",
    ),
    # Money
    _sign(
        r"([£$€])\s?(\d+(?:,\d{3})*)(?:\.(\d+))?\s?(thousand|million|k\b|m\b)?(?![\d.,]*\d)",
        _money,
    ),
    _sign(r"\b(\d+)k\b", r"\1 thousand"),
    _sign(r"\b(\d{1,2})p\b(?!\.?\s?m\b)", r"\1 pence"),
    # Fractions
    _sign(r"\b(\d+)\s?(?:1/2|½)", r"\1 and a half"),
    _sign(rf"\b1/2(?=\s(?:past|{_HOURS}))|½", "half"),
    _sign(r"\b1/4(?=\s(?:past|to|of))|¼", "quarter"),
    _sign(r"¾", "three quarters"),
    _sign(r"\b(\d+)\.5(?![\d.]*\d|\s?[ap]\.?m)", r"\1 and a half"),
    _sign(r"\b(\d+)\.(\d)(?![\d.]*\d|\s?[ap]\.?m)", r"\1 point \2"),
    # Dates and times of day
    _sign(r"\bmid-day\b", "midday"),
    _sign(r"\bmid-(?=morning|afternoon)", ""),
    _sign(r"\b(\d{1,2})[.-](\d{1,2})[.-](\d{4}|\d{2})\b", r"\1/\2/\3"),
    _sign(r"\b(\d{1,2})\.(\d{2})(?!\d|\.\d)(?!\s?(?:%|per ?cent))", _dotted),
    _sign(r"(?<![\w./:-])(\d{1,2})\s?-\s?(\d{1,2})(?![\w/:]|[.-]\w)", _two),
    _sign(
        r"(?<![\w./:-])(\d{1,2}) (00|15|30|45)"
        r"(?=[\s.,!?…]*(?:$|[ap]\.?\s?m\b|please|on\b|in the\b))",
        r"\1:\2",
    ),
    _sign(r"^(\W*(?:(?:yes|yeah|ok|okay|no)\W+)?)(0[6-9]|1\d)(00|15|30|45)(?=\W*$)", r"\1\2:\3"),
    _sign(r"\b([01]\d|2[0-3])([0-5]\d)(?= (?:hours|hrs)\b)", r"\1:\2"),
    _sign(
        r"\b(wed|sat|sun)\b\.?(?=,? (?:(?:at|the) )?(?:\d|morning|afternoon|evening|noon))",
        lambda found: _WEEKDAYS[found[1].lower()],
    ),
)
