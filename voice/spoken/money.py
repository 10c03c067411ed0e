"""Amounts of money: "£2.5m", "£200-£250", "£1,250 pcm", "50p"."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import NUMBER, figure, in_words, value
from voice.spoken.sheet import Part, Rules, Said

# The unit and its hundredth, each as one and as several.
_POUNDS: Final = ("pound", "pounds", "penny", "pence")
_EUROS: Final = ("euro", "euros", "cent", "cents")
_DOLLARS: Final = ("dollar", "dollars", "cent", "cents")
_UNITS: Final = {
    "£": _POUNDS, "GBP": _POUNDS, "€": _EUROS, "EUR": _EUROS, "$": _DOLLARS, "USD": _DOLLARS,
}  # fmt: skip
_SCALES: Final = {
    "k": "thousand", "thousand": "thousand", "m": "million", "mn": "million", "mil": "million",
    "million": "million", "bn": "billion", "billion": "billion", "trillion": "trillion",
}  # fmt: skip
_PERIODS: Final = {
    "pcm": "per calendar month", "pm": "per month", "mo": "per month", "month": "per month",
    "pw": "per week", "wk": "per week", "week": "per week", "pppw": "per person per week",
    "pppm": "per person per month", "pp": "per person", "person": "per person",
    "pn": "per night", "night": "per night", "pd": "per day", "day": "per day",
    "pa": "per annum", "year": "per year", "yr": "per year", "annum": "per annum",
    "ph": "per hour", "hour": "per hour", "hr": "per hour", "sqft": "per square foot",
    "sq ft": "per square foot", "sqm": "per square metre", "m²": "per square metre",
}  # fmt: skip

_LAST_HOUR: Final = 12  # no rent is so low

_CURRENCY = r"(?:[£€$]|\b(?:GBP|EUR|USD)) ?"
_SCALE = r"(?: ?(?i:thousand|million|billion|trillion|mil|mn|bn|[mk]))(?![\w])"
_PERIOD = (
    r"(?: ?/ ?(?:month|mo|week|wk|person|night|day|year|yr|annum|hour|hr|sq ?ft|sqm|pcm|pm|pw|pa)\b"
    r"| (?:pcm|pppw|pppm|pm|pw|pp|pn|pa|ph|pd)\b|(?:pcm|pppw|pppm|pw|pa|ph)\b"
    r"|(?<=\d)pm\b| ?p\.[cp]\.[mw]\b(?:\.(?=\s+[a-z]))?| ?p[./][amwn]\b(?:\.(?=\s+[a-z]))?)"
)
_AMOUNT = re.compile(
    rf"(?P<minus>(?<![\w)])-)?(?P<unit>{_CURRENCY})(?P<low>{NUMBER})(?P<lows>{_SCALE})?"
    rf"(?:(?: ?[-–—] ?{_CURRENCY}|[-–—])(?P<high>{NUMBER})(?P<highs>{_SCALE})?)?"
    rf"(?P<period>{_PERIOD})?"
)
_AFTER = re.compile(rf"(?<![\w.,])(?P<low>{NUMBER})(?P<lows>{_SCALE})? (?P<unit>GBP|EUR|USD)\b")
_PENCE = re.compile(r"(?<![\w.,])(\d{1,3})p(?!\w)")


def _amount(found: re.Match[str]) -> Said:
    unit = found["unit"].strip()
    low, high = found["low"], found["high"]
    low_scale, high_scale = _scale(found["lows"]), _scale(found["highs"] if high else None)
    if high is None:
        said = _said(low, low_scale, unit)
    else:
        shared = not low_scale and bool(high_scale) and value(low) < 1000
        both_whole = "." not in low + high or bool(low_scale or high_scale)
        one = _quantity(low, "" if shared else low_scale) if both_whole else _said(low, "", unit)
        said = f"{one} to {_said(high, high_scale, unit)}"
    if found["minus"]:
        said = f"minus {said}"
    if not found["period"]:
        return said
    period = re.sub(r"[./]", "", found["period"]).strip()
    amount: Part = (found.start(), found.start("period"), said)
    if period == "pm" and not (low_scale or high_scale) and value(high or low) <= _LAST_HOUR:
        return (amount,)  # "£5 pm" is a time, or a slip
    return (amount, (*found.span("period"), _PERIODS.get(period, "per square foot")))


def _after(found: re.Match[str]) -> Said:
    return _said(found["low"], _scale(found["lows"]), found["unit"])


def _pence(found: re.Match[str]) -> Said:
    return _pennies(int(found[1]), _POUNDS)


def _scale(written: str | None) -> str:
    return _SCALES[written.strip().lower()] if written else ""


def _quantity(amount: str, scale: str) -> str:
    if not scale and "," not in amount and "." not in amount:
        return in_words(int(amount))  # money is a quantity, however long it is
    return f"{figure(amount)} {scale}".strip()


def _said(amount: str, scale: str, unit: str) -> str:
    names = _UNITS[unit]
    whole, _, decimals = amount.partition(".")
    if scale or len(decimals) > 2:
        return f"{_quantity(amount, scale)} {names[1]}"
    count, pennies = value(amount), int(decimals.ljust(2, "0") or 0)
    if pennies and not count:
        return _pennies(pennies, names)
    said = f"{_quantity(whole, '')} {names[count != 1]}"
    if not pennies:
        return said
    if pennies < 10:
        return f"{said} and {_pennies(pennies, names)}"
    return f"{said} {in_words(pennies)}"


def _pennies(count: int, names: tuple[str, str, str, str]) -> str:
    return f"{in_words(count)} {names[2] if count == 1 else names[3]}"


MONEY: Final = Rules(
    re.compile(r"[£€$]|\dp|GBP|EUR|USD"),
    ((_AMOUNT, _amount), (_AFTER, _after), (_PENCE, _pence)),
)
