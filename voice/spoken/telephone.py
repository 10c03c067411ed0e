"""Telephone numbers: digit by digit with "oh" and "double", a pause between groups.

One rule for every British number: "+44" is said as the "oh" that a British caller dials, and the
groups are those in which such numbers are known (020 7946 0958, 07700 900 123, 0800 123 4567),
however they were written. Others are said in the groups that were written.
"""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import digits, doubled, in_threes, in_words
from voice.spoken.sheet import Part, Rules, Said

_NUMBER = re.compile(
    r"(?<![\w.,:/£$€-])(?P<plus>\+ ?)?(?P<run>\(?\d(?:[ ()-]{0,3}\d){7,14})(?!\w|[.,:/-]\d)"
)
_WITHOUT_NOUGHT = re.compile(
    r"(?<![\w.,:/£$€-])(?P<code>(?!19)[17]\d{3}) (?P<rest>\d{6}|\d{3} \d{3})(?!\w|[.,:/-]\d)"
)
_SERVICE = re.compile(
    r"\b(?i:call|calling|dial|dialling|ring|ringing|phone|nhs)\s+"
    r"(?P<run>\d{3}|\d{5}|\d{3} \d{3})(?!\w|[.,:/-]\d)"
)
_TEXT_TO = re.compile(r"\b(?i:text)\s+\w{1,20}\s+to\s+(?P<run>\d{5,6})(?!\w)")
_CODE = re.compile(
    r"\b(?i:code|pin|passcode|password|reference|ref|extension|ext|account|policy|booking|order"
    r"|invoice|ending|ends)\b\.?"
    r"(?: (?i:number|no|code|in|with|is|for [a-z]{1,20} is)\b\.?){0,3}(?::? ?#?| ?# ?)"
    r"(?P<run>\d(?:[ -]?\d){2,18})(?![\w%]|[.,:/]\d)"
)
_HUNDREDS = re.compile(r"0([1-9])00")
_COUNTRY = "44"
_FREE_CHILDLINE_DIGITS: Final = 8  # 0800 1111


def _sizes(number: str) -> tuple[int, ...]:
    """How a British number falls into groups."""
    if number.startswith("02"):
        return (3, 4, 4)
    if number.startswith("07"):
        return (5, 3, 3)
    if number.startswith(("011",)) or (number.startswith("01") and number[3] == "1"):
        return (4, 3, 4)
    if number.startswith("01"):
        return (5, 3, 3)
    return (4, 3, 4) if len(number) > _FREE_CHILDLINE_DIGITS else (4, 4)


def _group(run: str) -> str:
    hundreds = _HUNDREDS.fullmatch(run)
    if hundreds is not None:
        return f"oh {in_words(int(hundreds[1]))} hundred"
    return doubled(run)


def _number(found: re.Match[str]) -> Said:
    run, start = found["run"], found.start("run")
    places = [start + at for at, sign in enumerate(run) if sign.isdigit()]
    plain = "".join(sign for sign in run if sign.isdigit())
    abroad = bool(found["plus"])
    if plain.startswith("00") and not abroad:
        plain, places, abroad = plain[2:], places[2:], True
    if abroad and not plain.startswith(_COUNTRY):
        return _foreign(found)
    if abroad:
        kept = 3 if plain.startswith("440") else 2
        plain, places = "0" + plain[kept:], [found.start(), *places[kept:]]
    if plain[0] != "0" or not (len(plain) in (10, 11) or plain.startswith("08001111")):
        return None
    return _parts(plain, places, found)


def _parts(plain: str, places: list[int], found: re.Match[str]) -> Said:
    parts: list[Part] = []
    at = 0
    for size in _sizes(plain):
        group = plain[at : at + size]
        if not group:
            break
        end = places[min(at + size, len(places)) - 1] + 1
        pause = "," if at + size < len(plain) else ""
        begin = places[at] if parts else found.start()
        if parts:
            parts.append((parts[-1][1], begin, " "))
        parts.append((begin, end, _group(group) + pause))
        at += size
    return parts


def _foreign(found: re.Match[str]) -> Said:
    groups = re.findall(r"\d+", found["run"])
    if len(groups) == 1:
        groups = in_threes(groups[0])
    said = ", ".join(doubled(group) for group in groups)
    return f"plus {said}"


def _without_nought(found: re.Match[str]) -> Said:
    """A British number as some write it, its first "0" left out."""
    return (
        (*found.span("code"), f"{doubled(found['code'])},"),
        (found.end("code"), found.start("rest"), " "),
        (*found.span("rest"), ", ".join(doubled(group) for group in found["rest"].split())),
    )


def _service(found: re.Match[str]) -> Said:
    said = ", ".join(digits(group, zero="oh") for group in found["run"].split())
    return ((*found.span("run"), said),)


def _code(found: re.Match[str]) -> Said:
    groups = re.findall(r"\d+", found["run"])
    if len(groups) == 1 and len(groups[0]) > 4:
        groups = in_threes(groups[0])
    return ((*found.span("run"), ", ".join(digits(group) for group in groups)),)


TELEPHONE: Final = Rules(
    re.compile(r"\d[ ()-]{0,3}\d[ ()-]{0,3}\d"),
    (
        (_NUMBER, _number),
        (_WITHOUT_NOUGHT, _without_nought),
        (_SERVICE, _service),
        (_TEXT_TO, _service),
        (_CODE, _code),
    ),
)
