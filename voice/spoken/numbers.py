"""Figures in words: "two hundred and fifty thousand", "nought point five", "twenty-second"."""

from __future__ import annotations

from typing import Final

# A number as it is written: thousands with commas or not, perhaps decimals.
NUMBER: Final = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,9})?(?!\d)"
FREE: Final = r"(?<![\w.,])"  # where a number may begin

_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS: Final = (
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_SCALES: Final = (
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (1000, "thousand"),
    (100, "hundred"),
)
_IRREGULAR: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
MOST: Final = 10**15  # from here on nobody says more than the digits
_REPEATED: Final = {2: "double", 3: "triple"}
QUANTITY_DIGITS: Final = 6  # a longer run without commas is an account, not a quantity


def in_words(value: int) -> str:
    """A whole number: "forty-one", "one hundred and fifty"; from ``MOST`` on its digits."""
    if value < 0:
        return f"minus {in_words(-value)}"
    if value >= MOST:
        return digits(str(value))
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, unit = divmod(value, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    size, name = next(scale for scale in _SCALES if value >= scale[0])
    count, rest = divmod(value, size)
    said = f"{in_words(count)} {name}"
    if not rest:
        return said
    return f"{said}{' and ' if rest < 100 else ' '}{in_words(rest)}"


def figure(written: str) -> str:
    """A written number: "1,250" or "0.05"; a long run or one with a leading zero by its digits."""
    whole, _, decimals = written.partition(".")
    if decimals:
        said = "nought" if not whole.strip("0,") else figure(whole)
        return f"{said} point {digits(decimals, zero='nought')}"
    plain = whole.replace(",", "")
    if len(plain) > 1 and plain[0] == "0":
        return digits(plain)
    if len(plain) > QUANTITY_DIGITS and plain == whole:
        return ", ".join(digits(group) for group in in_threes(plain))
    return in_words(int(plain))


def value(written: str) -> int:
    """The whole number that ``written`` begins with, commas passed over."""
    return int(written.partition(".")[0].replace(",", "") or 0)


def ordinal(number: int) -> str:
    """A rank or a day of the month: "first", "twenty-fourth", "one hundredth"."""
    said = in_words(number)
    at = max(said.rfind("-"), said.rfind(" ")) + 1
    lead, last = said[:at], said[at:]
    if last in _IRREGULAR:
        return lead + _IRREGULAR[last]
    return lead + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def several(said: str) -> str:
    """More than one of a number in words: "fives", "sixes", "nineteen nineties"."""
    if said.endswith("y"):
        return f"{said[:-1]}ies"
    return f"{said}{'es' if said.endswith('x') else 's'}"


def year(number: int) -> str:
    """A year: "nineteen ninety-eight", "two thousand and eight", "twenty twenty-six"."""
    century, rest = divmod(number, 100)
    if not 1000 < number < 10000 or (number % 1000 < 10 and number >= 2000):
        return in_words(number)
    if not rest:
        return f"{in_words(century)} hundred"
    return f"{in_words(century)} {'oh ' if rest < 10 else ''}{in_words(rest)}"


def digits(run: str, *, zero: str = "zero") -> str:
    """Digits one by one: "four zero one"."""
    return " ".join(zero if digit == "0" else _UNITS[int(digit)] for digit in run)


def doubled(run: str, *, zero: str = "oh") -> str:
    """Digits as of a telephone number: equal neighbours as "double" and "triple"."""
    said: list[str] = []
    at = 0
    while at < len(run):
        same = len(run[at:]) - len(run[at:].lstrip(run[at]))
        count = 2 if same == 4 else min(same, 3)
        name = zero if run[at] == "0" else _UNITS[int(run[at])]
        said.append(f"{_REPEATED[count]} {name}" if count > 1 else name)
        at += count
    return " ".join(said)


def in_threes(run: str) -> list[str]:
    """A run of digits in groups of three, the last of up to four."""
    groups = [run[at : at + 3] for at in range(0, len(run), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups
