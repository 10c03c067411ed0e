"""Amounts of money: "£2.5m", "£200-£250", "£1,250 pcm", "a £500 deposit", "50p"."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import NUMBER, figure, in_words, several, value
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
    "mill": "million",
    "million": "million", "bn": "billion", "billion": "billion", "trillion": "trillion",
}  # fmt: skip
_PERIODS: Final = {
    "pcm": "per calendar month", "pm": "per month", "mo": "per month", "month": "per month",
    "mth": "per month",
    "pw": "per week", "wk": "per week", "week": "per week", "pppw": "per person per week",
    "pppm": "per person per month", "pp": "per person", "person": "per person",
    "pn": "per night", "night": "per night", "pd": "per day", "day": "per day",
    "pa": "per annum", "year": "per year", "yr": "per year", "annum": "per annum",
    "ph": "per hour", "hour": "per hour", "hr": "per hour", "sqft": "per square foot",
    "sq ft": "per square foot", "sqm": "per square metre", "m²": "per square metre",
}  # fmt: skip

_CURRENCY = r"(?:[£€$]|\b(?:GBP|EUR|USD)) ?"
_SCALE = r"(?: ?(?i:thousand|million|billion|trillion|mill?|mn|bn|[mk]))(?![\w])"
_PERIOD = (
    r"(?: ?/ ?(?:month|mth|mo|week|wk|person|night|day|year|yr|annum|hour|hr|sq ?ft|sqm|pcm|pm"
    r"|pw|pa)\b"
    r"| (?:pcm|pppw|pppm|pm|pw|pp|pn|pa|ph|pd)\b|(?:pcm|pppw|pppm|pw|pa|ph)\b"
    r"|(?<=\d)pm\b| ?p\.[cp]\.[mw]\b(?:\.(?=\s+[a-z]))?| ?p[./][amwn]\b(?:\.(?=\s+[a-z]))?)"
)
_AMOUNT = re.compile(
    rf"(?P<minus>(?<![\w)])-)?(?P<unit>{_CURRENCY})(?P<low>{NUMBER})(?P<lows>{_SCALE})?"
    rf"(?:(?: ?[-–—] ?{_CURRENCY}|[-–—])(?P<high>{NUMBER})(?P<highs>{_SCALE})?)?"
    rf"(?P<period>{_PERIOD})?"
)
_AFTER = re.compile(rf"(?<![\w.,])(?P<low>{NUMBER})(?P<lows>{_SCALE})? (?P<unit>GBP|EUR|USD)\b")
_PENCE = re.compile(
    r"(?<![\w.,])(?:(?P<low>\d{1,3}(?:\.\d{1,3})?)p? ?[-–—] ?)?"
    r"(?P<high>\d{1,3}(?:\.\d{1,3})?)p(?!\w)"
)
_SEVERAL = re.compile(rf"(?P<the>\bthe )?(?P<unit>[£€$])(?P<low>{NUMBER})s(?!\w)")
_MANY: Final = {
    100: "hundreds", 1000: "thousands", 10_000: "tens of thousands",
    100_000: "hundreds of thousands", 1_000_000: "millions",
}  # fmt: skip
_TIMES = re.compile(r"(?<=\d) ?[x×] ?(?=[£€$]\d)")
# A sum before a noun is said as one pound: "a five hundred pound deposit".
_ARTICLE = re.compile(r"(?:^|\W)[Aa]n? $")
_NOUN = re.compile(r"\+?[ -][a-z]")
_KNOWN_NOUN = re.compile(
    r" (?:holding )?(?:deposit|fee|charge|discount|voucher|bond|loan|limit|excess|bonus|gift|note"
    r"|penalty|reduction|increase|premium|grant)s?\b"
)


def _amount(found: re.Match[str]) -> Said:
    names = _UNITS[found["unit"].strip()]
    if _is_before_a_noun(found):
        names = (names[0], names[0], *names[2:])
    low, high = found["low"], found["high"]
    low_scale, high_scale = _scale(found["lows"]), _scale(found["highs"] if high else None)
    if high is None:
        said = _said(low, low_scale, names)
    else:
        shared = not low_scale and bool(high_scale) and value(low) < 1000
        both_whole = "." not in low + high or bool(low_scale or high_scale)
        one = _quantity(low, "" if shared else low_scale) if both_whole else _said(low, "", names)
        said = f"{one} to {_said(high, high_scale, names)}"
    if found["minus"]:
        said = f"minus {said}"
    if not found["period"]:
        return said
    period = re.sub(r"[./]", "", found["period"]).strip()
    amount: Part = (found.start(), found.start("period"), said)
    return (amount, (*found.span("period"), _PERIODS.get(period, "per square foot")))


def _after(found: re.Match[str]) -> Said:
    return _said(found["low"], _scale(found["lows"]), _UNITS[found["unit"]])


def _pence(found: re.Match[str]) -> Said:
    low, high = found["low"], found["high"]
    if low is not None:
        return f"{figure(low)} to {figure(high)} pence"
    return _pennies(int(high), _POUNDS) if high.isdigit() else f"{figure(high)} pence"


def _several(found: re.Match[str]) -> Said:
    """ "the £400s" is a span of prices, "£1,000s" more money than one can say."""
    many = _MANY.get(value(found["low"]))
    if found["the"] or many is None:
        return ((found.start("unit"), found.end(), several(figure(found["low"]))),)
    return f"{many} of {_UNITS[found['unit']][1]}"


def _is_before_a_noun(found: re.Match[str]) -> bool:
    text, end = found.string, found.end()
    article = _ARTICLE.search(text[max(0, found.start() - 4) : found.start()])
    return bool(article and _NOUN.match(text, end)) or _KNOWN_NOUN.match(text, end) is not None


def _scale(written: str | None) -> str:
    return _SCALES[written.strip().lower()] if written else ""


def _quantity(amount: str, scale: str) -> str:
    if not scale and "," not in amount and "." not in amount:
        return in_words(int(amount))  # money is a quantity, however long it is
    return f"{figure(amount)} {scale}".strip()


def _said(amount: str, scale: str, names: tuple[str, str, str, str]) -> str:
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
    (
        (_TIMES, lambda found: "times"),
        (_SEVERAL, _several),
        (_AMOUNT, _amount),
        (_AFTER, _after),
        (_PENCE, _pence),
    ),
)
