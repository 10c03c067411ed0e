"""Postcodes, spoken and written: "b n three", "bravo november forty one", "BN3 1AA", "double d"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agents.language.numbers import cardinal

_SPOKEN: Final = {
    "ay": "A", "bee": "B", "cee": "C", "see": "C", "sea": "C", "dee": "D", "ef": "F", "gee": "G",
    "aitch": "H", "haitch": "H", "jay": "J", "kay": "K", "el": "L", "em": "M", "en": "N",
    "pee": "P", "pea": "P", "cue": "Q", "queue": "Q", "are": "R", "ess": "S", "tee": "T",
    "tea": "T", "vee": "V", "ex": "X", "why": "Y", "zed": "Z", "zee": "Z",
}  # fmt: skip
_NATO: Final = {
    word: word[0].upper()
    for word in (
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec",
        "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "whisky", "xray", "yankee",
        "zulu",
    )
}  # fmt: skip
# What a recogniser writes for "b" and "n" when it listens for words; only where a postcode is due.
_MISHEARD: Final = {"be": "B", "in": "N", "an": "N", "and": "N", "end": "N", "i": "I", "oh": "O"}
_WRITTEN = re.compile(r"[a-z]{1,4}\d[a-z0-9]{0,5}|\d[a-z]{2}")
LONGEST: Final = 7  # letters and figures of a whole postcode
_FULL = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[ABD-HJLNP-UW-Z]{2})")  # inward never has CIKMOV
_OUTWARD = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?")
_OUTWARD_WRITTEN = re.compile(r"\b([a-zA-Z]{1,2})-?(\d[a-zA-Z\d]?)\b(?!-)")
_FIGURES_IN_WORDS = re.compile(r"\b([a-zA-Z]{1,2}\d[a-zA-Z\d]?)\s*(\d[a-zA-Z]{2})\b")


def read_postcode(
    text: str, words: Sequence[str], areas: Sequence[str], *, asked: bool
) -> str | None:
    """The postcode said: "BN3 1AA" when whole, "BN3" when only its first half.

    ``text`` as written, ``words`` from ``words_of``. ``areas``: the outward codes that are
    served; "b n four one" is BN41 when that is among them. Any other first half counts only when
    a postcode was ``asked`` for.
    """
    written = _FIGURES_IN_WORDS.search(text)
    if written and (found := _postcode("".join(written.groups()).upper(), areas, asked=asked)):
        return found
    for half in _OUTWARD_WRITTEN.finditer(text):
        if found := _postcode("".join(half.groups()).upper(), areas, asked=asked):
            return found
    for misheard in (False, True) if asked else (False,):
        for start in range(len(words)):
            found = _from(words, start, areas, misheard=misheard, asked=asked and not misheard)
            if found:
                return found
    return None


def _from(
    words: Sequence[str], start: int, areas: Sequence[str], *, misheard: bool, asked: bool
) -> str | None:
    """The postcode whose first letter is at ``start``; the longest run that makes one."""
    signs = ""
    best: str | None = None
    at = start
    while at < len(words) and len(signs) < LONGEST:
        step = _signs(words, at, misheard=misheard and len(signs) < 2)
        if step is None:
            break
        more, at = step
        signs += more
        found = _postcode(signs, areas, asked=asked)
        if found is not None and (best not in areas or found in areas or " " in found):
            best = found
    return best


def _signs(words: Sequence[str], at: int, *, misheard: bool) -> tuple[str, int] | None:
    """The letters and figures that the word at ``at`` stands for, and the next word."""
    word = words[at]
    if word == "double" and at + 1 < len(words):
        if words[at + 1] in ("you", "u"):
            return "W", at + 2
        once = _signs(words, at + 1, misheard=False)
        return (once[0] * 2, once[1]) if once and len(once[0]) == 1 else None
    letter = _letter(word, misheard=misheard)
    if letter is not None:
        return letter, _after_for(words, at + 1, letter)
    number = cardinal(words, at)
    if number is not None and number.value < 1000:
        return str(number.value), number.end
    if word in ("oh", "zero", "nought"):
        return "0", at + 1
    if _WRITTEN.fullmatch(word):
        return word.upper(), at + 1
    return None


def _letter(word: str, *, misheard: bool) -> str | None:
    if len(word) == 1 and word.isalpha():
        return word.upper()
    if len(word) == 2 and word in ("bn", "rh", "tn"):
        return word.upper()
    found = _SPOKEN.get(word) or _NATO.get(word)
    return found or (_MISHEARD.get(word) if misheard else None)


def _after_for(words: Sequence[str], at: int, letter: str) -> int:
    """Skip "for bravo" and "as in bravo" behind a letter."""
    for lead in (("for",), ("as", "in"), ("like",)):
        end = at + len(lead)
        if tuple(words[at:end]) == lead and end < len(words):
            example = words[end]
            if len(example) > 1 and example[0].upper() == letter[-1]:
                return end + 1
    return at


def _postcode(signs: str, areas: Sequence[str], *, asked: bool) -> str | None:
    if signs in areas:
        return signs
    whole = _FULL.fullmatch(signs)
    if whole:
        return f"{whole.group(1)} {whole.group(2)}"
    if asked and _OUTWARD.fullmatch(signs):
        return signs
    return None
