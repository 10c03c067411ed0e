"""Do the words heard so far make a whole answer? Pure, and never sure: silence decides.

The text is what a recogniser wrote, as spoken words ("b n three", "half past ten") or as written
text ("BN3.", "10:30"). Full stops say nothing: recognisers put them behind whatever they heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from core.speech import AnswerKind, Expectation

MOST_SPELLED: Final = 11  # digits of a phone number dialled at home, the 0 included
FEWEST_SPELLED: Final = 3  # digits one by one are a number being spelled; "two, three" is a doubt

# Nobody ends on these, so whoever pauses there is thinking.
HANGING: Final = frozenset(
    {
        "a", "an", "and", "because", "but", "erm", "er", "from", "half", "his", "hmm", "i'm", "if",
        "into", "it's", "like", "mm", "my", "of", "or", "our", "quarter", "than", "the", "their",
        "there's", "they're", "to", "uh", "uhm", "um", "we're", "whose", "with", "you're", "your",
    }
)  # fmt: skip
HANGING_ENDS: Final = re.compile(
    r"\b((my|our|the|her) ([\w']+ ){1,3}(is|are|was)"
    r"|(name|number|postcode|address|it) (is|would be)"
    r"|(half|quarter) (past|to)|i (think|mean|guess|want|need|was|would|have)|(on|at) the"
    r"|(monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow) (at|on|or|and)"
    r"|(at|around|about|before|after|between|until) (about|around|half))$"
)
# Ends after which an answer seldom goes on.
CLOSING: Final = re.compile(
    r"\b(please|thank you|thanks|goodbye|bye|o'clock|that's (all|it|right|correct|fine)"
    r"|(yes|yeah|yep|no) (i|we|it|that|he|she|they)('m| am| do| don't| did| have| haven't| is"
    r"| isn't| are| aren't| can| can't| would| will| won't)( not)?|not (now|today|interested)"
    r"|(i|we) don't know|[ap] ?\.?m\.?|stop calling( me)?)$"
)
DIGITS: Final = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
TENS: Final = {"twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6"}
TEENS: Final = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
POSTCODE: Final = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}")
HALF_POSTCODE: Final = re.compile(r"[a-z]{1,2}(\d[a-z\d]?(\d[a-z]?)?)?")
NUMERAL: Final = re.compile(r"\d+")


class Completeness(StrEnum):
    """What the words alone say about the end of a turn."""

    COMPLETE = "complete"
    OPEN_ENDED = "open_ended"
    UNKNOWN = "unknown"


def completeness(text: str, expects: Expectation) -> Completeness:
    """Whether ``text`` is a whole answer to what ``expects`` was asked for."""
    words = _words(text)
    if not words:
        return Completeness.UNKNOWN
    line = " ".join(words)
    spells = AnswerKind.POSTCODE in expects.kinds and len(words) > 1 and words[-1] == "a"
    if text.rstrip().endswith(("...", "…")) or (words[-1] in HANGING and not spells):
        return Completeness.OPEN_ENDED
    if HANGING_ENDS.search(line) and not CLOSING.search(line):
        return Completeness.OPEN_ENDED
    for judged in (_as_postcode(words, expects), _as_spelled(words), _as_phrase(line, expects)):
        if judged is not None:
            return judged
    if CLOSING.search(line) or text.rstrip().endswith("?"):
        return Completeness.COMPLETE
    return Completeness.UNKNOWN


def _words(text: str) -> list[str]:
    """Lower-case words; letters, digits and apostrophes only, "10:30" and "2.30" kept whole."""
    return re.findall(r"\d+(?:[.:]\d+)+|[^\W_]+(?:'[^\W_]+)*", text.lower().replace("’", "'"))


def _as_postcode(words: list[str], expects: Expectation) -> Completeness | None:
    """Judge the postcode that ``words`` end in, where one was asked for."""
    if AnswerKind.POSTCODE not in expects.kinds:
        return None
    code = "".join(_characters(words))
    if POSTCODE.fullmatch(code):
        return Completeness.COMPLETE
    places = {place.lower().replace(" ", "") for place in expects.places}
    if code in places:
        return Completeness.UNKNOWN  # the half that was asked for; some give the other as well
    if HALF_POSTCODE.fullmatch(code) or any(place.startswith(code) for place in places if code):
        return Completeness.OPEN_ENDED
    return None


def _characters(words: list[str]) -> list[str]:
    """The letters and digits that ``words`` end in, once spelling is read: [b, n, 41]."""
    spelled: list[str] = []
    for word in reversed(words):
        if word in TENS and spelled and len(spelled[-1]) == 1 and spelled[-1].isdigit():
            spelled[-1] = TENS[word] + spelled[-1]
        elif word in TENS:
            spelled.append(TENS[word] + "0")
        elif word in DIGITS or word in TEENS:
            spelled.append(DIGITS.get(word) or TEENS[word])
        elif len(word) == 1 or any(each.isdigit() for each in word):
            spelled.append(word)
        elif word == "double" and spelled:
            spelled.append(spelled[-1])
        else:
            break
    return spelled[::-1]


def _as_spelled(words: list[str]) -> Completeness | None:
    """Judge a phone number: digits one by one, or in groups, at the end of ``words``."""
    spelled = _characters(words)
    digits = "".join(spelled)
    if not NUMERAL.fullmatch(digits) or len(digits) < FEWEST_SPELLED or len(spelled) == 1:
        return None  # one numeral alone is a quantity
    whole = MOST_SPELLED if digits.startswith("0") else MOST_SPELLED - 1
    return Completeness.COMPLETE if len(digits) >= whole else Completeness.OPEN_ENDED


def _as_phrase(line: str, expects: Expectation) -> Completeness | None:
    """Judge by the utterances that are likely here: one of them, or the beginning of one."""
    likely = {*_lowered(expects.phrases), *_lowered(expects.likely)}
    longer = any(phrase.startswith(line + " ") for phrase in likely)
    if line in likely:
        return Completeness.UNKNOWN if longer else Completeness.COMPLETE
    return Completeness.OPEN_ENDED if longer and " " in line else None


def _lowered(phrases: Iterable[str]) -> Iterable[str]:
    return (" ".join(_words(phrase)) for phrase in phrases)
