"""Postcodes, roads and reference codes: letters by name, digits one by one, pauses between.

A nought is "zero" here, because "oh" is also a letter of such codes.
"""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.letters import in_front, sayable, spelled
from voice.spoken.numbers import digits, figure, in_threes, in_words, several
from voice.spoken.sheet import Rules, Said

_POSTCODE = re.compile(
    r"(?<![\w-])(?P<out>[A-Z]{1,2}\d[A-Z\d]?) ?(?P<in>\d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
    r"|(?<![\w-])(?P<lout>[a-z]{1,2}\d[a-z\d]?) (?P<lin>\d[abd-hjlnp-uw-z]{2})(?![\w-])"
)
_PLATE = re.compile(r"(?<![\w-])([A-Z]{2}\d\d) ([A-Z]{3})(?![\w-])")  # of a car
_INSURED = re.compile(r"(?<![\w-])([A-Z]{2}) (\d\d) (\d\d) (\d\d) ([A-D])(?![\w-])")  # a person
_SLASHED = re.compile(
    r"(?<![\w./-])(?=[A-Z\d/]{0,24}[A-Z])(?=[A-Z\d/]{0,24}\d{2})[A-Z\d]{1,8}"
    r"(?:(?:/[A-Z\d]{1,8}){2,4}|/[A-Z]{0,3}\d{4,8})(?![\w/-])"
)
_ROAD = re.compile(r"(?<![\w.-])([AM])(\d{1,4})(?:\(M\))?(?![\w-])")
_CODE = re.compile(
    r"(?<![\w.-])(?=[A-Za-z-]{0,24}\d)(?=[\d-]{0,24}[A-Za-z])"
    r"[A-Za-z0-9]{1,24}(?:-[A-Za-z0-9]{1,24}){0,6}(?![\w])"
)
_RUNS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HOUSE = re.compile(r"(\d{1,4})([A-Za-z])")
_SEVERAL = re.compile(r"(\d{1,3})s")
_AGED = re.compile(r"(?<=[a-z]-)(\d{1,3})s(?!\w)")  # "over-65s"
_MODEL = re.compile(r"([A-Z]{1,2})([1-9]\d)")  # "J10", "P45", "SW19"
_SMALL_WORDS: Final = frozenset(("at", "by", "in", "of", "on", "or", "to", "up"))
_TIMES = re.compile(r"(\d{1,3})x")
_WORD_LETTERS: Final = 3  # "covid19", but not "ab12"


def _postcode(found: re.Match[str]) -> Said:
    group = "out" if found["out"] else "lout"
    inner = "in" if found["out"] else "lin"
    return (
        (found.start(), found.end(group), f"{_runs(found[group].upper())},"),
        (found.end(group), found.end(inner), _runs(found[inner].upper())),
    )


def _plate(found: re.Match[str]) -> Said:
    return f"{_runs(found[1])}, {spelled(found[2])}"


def _insured(found: re.Match[str]) -> Said:
    return ", ".join(_runs(group) for group in found.groups())


def _slashed(found: re.Match[str]) -> Said:
    return " slash ".join(_runs(part) for part in found[0].split("/"))


def _road(found: re.Match[str]) -> Said:
    number = found[2]
    said = in_words(int(number)) if len(number) <= 2 else digits(number, zero="oh")
    return in_front(found[1], said)


def _code(found: re.Match[str]) -> Said:
    written = found[0]
    parts = written.split("-")
    if len(parts) > 1 and any(_is_word(part) for part in parts):
        return None  # "mid-2026": a word and a number
    if len(parts) == 1 and (said := _small(written)) is not None:
        return said
    return ", ".join(_runs(part) for part in parts if part)


def _is_word(part: str) -> bool:
    if not part.isalpha() or len(part) < _WORD_LETTERS:
        return part in _SMALL_WORDS
    return not part.isupper() or (len(part) > _WORD_LETTERS + 1 and sayable(part))


def _small(written: str) -> str | None:
    """A house number, the fives, "three times" or "P forty-five"; None for a code."""
    if model := _MODEL.fullmatch(written):
        return in_front(model[1], in_words(int(model[2])))
    if several_of := _SEVERAL.fullmatch(written):
        return several(figure(several_of[1]))
    if times := _TIMES.fullmatch(written):
        return f"{figure(times[1])} times"
    if house := _HOUSE.fullmatch(written):
        return f"{figure(house[1])} {house[2].upper()}"
    return None


def _runs(part: str) -> str:
    """The letters and digits of one part of a code."""
    said = ""
    for run in reversed(_RUNS.findall(part)):
        if run.isdigit():
            groups = in_threes(run) if len(run) > 4 else [run]
            here = ", ".join(digits(group) for group in groups)
            said = f"{here} {said}"
        elif len(run) >= _WORD_LETTERS and not run.isupper() and sayable(run):
            said = f"{run} {said}"
        else:
            said = in_front(run, said) if said else spelled(run)
    return said.strip()


POSTCODES: Final = Rules(re.compile(r"[A-Za-z]\d"), ((_POSTCODE, _postcode),))
CODES: Final = Rules(
    re.compile(r"[A-Za-z][-/ ]?\d|\d[-/]?[A-Za-z]"),
    (
        (_PLATE, _plate),
        (_INSURED, _insured),
        (_SLASHED, _slashed),
        (_ROAD, _road),
        (_AGED, lambda found: several(figure(found[1]))),
        (_CODE, _code),
    ),
)
