"""Telephone numbers: digit by digit with "oh" and "double", a pause between groups.

One rule for every British number: "+44" is said as the "oh" that a British caller dials, and the
groups are those in which such numbers are known (020 7946 0958, 07700 900 123, 0800 123 4567),
however they were written. Others are said in the groups that were written.
"""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import digits, doubled, in_threes, in_words
from voice.spoken.sheet import CLAIMED, Part, Rules, Said

_FREE = r"(?<![\w.,/£$€-])(?<!\d:)"
_NUMBER = re.compile(
    rf"{_FREE}(?P<plus>\+ ?)?(?P<run>\(?\d(?:[ ()-]{{0,3}}\d){{7,14}})(?!\w|[.,:/-]\d)"
)
_WITHOUT_NOUGHT = re.compile(
    rf"{_FREE}(?P<code>(?!19)[17]\d{{3}}) (?P<rest>\d{{6}}|\d{{3}} \d{{3}})(?!\w|[.,:/-]\d)"
)
_SHORT = r"(?:\d{3} \d{3}|\d{3,5})"  # "999", "1471", "116 123"; not "200 customers"
_SERVICE = re.compile(
    r"\b(?i:call|called|calling|dial|dialled|dialling|ring|rang|ringing|phone|nhs)\s+"
    rf"(?P<run>{_SHORT})(?: (?:or|and) (?P<other>{_SHORT}))?(?![\w%]|[.,:/-]\d)"
    r"(?=\W{0,3}$|[.,;:!?)\"']| (?:(?:or|and|for|to|from|at|in)\b(?! \d)|(?:on|now|if|free|any|then"
    r"|when|please|today|option|straight|but|instead|before|after|immediately)\b))"
)
_HELP_LINE = re.compile(rf"{_FREE}(?P<run>11[68] \d{{3}})(?!\w|[ .,:/-]\d)")
_OR_HELP = re.compile(rf"(?<={CLAIMED} or )(?P<run>999|101|111|112)(?=[.,;!?]|$)")
_AREA = re.compile(
    r"\b(?i:area|dialling|std) code(?: (?i:is|of|for [a-z]{1,20} is))?:? (?P<run>0\d{2,5})\b"
)
_GROUPS = re.compile(
    rf"{_FREE}(?!(?:19|20)\d\d (?:19|20)\d\d)"
    r"(?P<run>\d{3,4}(?: \d{3,4}){2,5}(?: \d{1,3})?)(?![\w%]|[ .,:/-]\d)"
)  # on a card, of the N.H.S
_TEXT_TO = re.compile(r"\b(?i:text)\s+\w{1,20}\s+to\s+(?P<run>\d{5,6})(?!\w)")
_CODE = re.compile(
    r"\b(?i:code|pin|passcode|password|reference|ref|extension|ext|account|policy|booking|order"
    r"|invoice|ending|ends|mpan|utr|cvv|otp"
    r"|(?:card|customer|member|membership|claim|case|ticket|quote|tracking|serial|roll|licence|nhs"
    r"|job|contract|client|patient|meter|confirmation|company|vat|tax|sort|fca|ico|charity|firm)"
    r" (?:number|no|reading|code))\b\.?"
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
    other = found.groupdict().get("other")
    runs = [(*found.span("run"), _one_by_one(found["run"]))]
    return [*runs, (*found.span("other"), _one_by_one(other))] if other else runs


def _one_by_one(run: str) -> str:
    return ", ".join(digits(group, zero="oh") for group in run.split())


def _area(found: re.Match[str]) -> Said:
    return ((*found.span("run"), doubled(found["run"])),)


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
        (_HELP_LINE, _service),
        (_OR_HELP, _service),
        (_AREA, _area),
        (_CODE, _code),
        (_GROUPS, _code),
    ),
)
