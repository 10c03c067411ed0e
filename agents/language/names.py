"""Names: "my name is Sarah Green", "it's Tom", a bare "Mary O'Brien", or spelled letters."""

from __future__ import annotations

import re
from typing import Final

from agents.language.words import word_set

_WORD = r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'’-]*"
# Frames that announce a name whatever was asked, and frames that do so only when it was asked.
_SURE = re.compile(
    r"\b(?:my (?:full |first |last )?name(?:'s|’s| is)|the name(?:'s|’s| is)|(?:you can )?call me"
    r"|i(?:'m|’m| am) called|name is|last name(?:'s| is)?|surname(?:'s| is)?)\s+"
    rf"((?:{_WORD}[ ,]*){{1,5}})",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^\W*(?:(?:yes|yeah|no|nope|sure|of course|ok|okay|hi|hello|well|oh|um|er|so|right|just"
    r"|only)\W+)*"
    r"(?:(?:it(?:'s|’s| is)|that(?:'s|’s| is)|this is|i(?:'m|’m| am)|put down|for)\s+)?"
    rf"((?:{_WORD}[ ,]*){{1,5}})",
    re.IGNORECASE,
)
_SPEAKING = re.compile(rf"\b((?:{_WORD} ){{1,3}})(?:speaking|here)\b", re.IGNORECASE)
_SPELLED = re.compile(r"\b(?:[A-Za-z][ -]+){2,}[A-Za-z]\b")
_TITLES: Final = {"mister": "Mr", "mr": "Mr", "mrs": "Mrs", "missus": "Mrs", "miss": "Miss",
                  "ms": "Ms", "doctor": "Dr", "dr": "Dr", "professor": "Professor",
                  "sir": "Sir", "lady": "Lady"}  # fmt: skip
# Where a name ends, and what is none.
_STOPS: Final = word_set(
    "and but please thanks thank you from in on at with calling speaking here i we it is was the a "
    "an to of that this my your his her our their not no yes yeah yep nope what who why how when "
    "where which do does did don't are am can could would should have has had if or so just "
    "actually sorry pardon hello hi hey okay ok right well um uh er erm hmm oh maybe sure fine "
    "good great correct interested busy driving looking ringing phoning later tomorrow today now "
    "never stop call wait hang hold moment minute repeat again goodbye bye spelled spelt that's "
    "it's i'm i've i'd i'll you're won't can't isn't they he she them him me us for about because "
    "robot machine person human someone somebody something nothing none neither rather prefer "
    "house home flat property valuation appointment agent selling name names surname first last "
    "need want like know think tell say said course absolutely definitely certainly afraid"
)
MOST_PARTS: Final = 4
SHORTEST: Final = 2


def read_name(text: str, *, asked: bool) -> str | None:
    """The name in the text as it is written ("Mary O'Brien"); None when there is none.

    ``asked``: a name was asked for, so one without a frame counts.
    """
    sure = _SURE.search(text)
    if sure:
        return _name(sure.group(1))
    if not asked:
        return None
    speaking = _SPEAKING.search(text)
    if speaking and (found := _name(_after_frame(speaking.group(1)))):
        return found
    spelled = _SPELLED.search(text)
    if spelled:
        before = _name(_after_frame(text[: spelled.start()]))
        letters = re.sub(r"[^A-Za-z]", "", spelled.group(0)).capitalize()
        return before or letters
    return _name(_after_frame(text))


def _after_frame(text: str) -> str:
    found = _ASKED.match(text)
    return found.group(1) if found else ""


def _name(words: str) -> str | None:
    parts: list[str] = []
    title = ""
    for word in re.findall(_WORD, words):
        plain = word.lower().replace("’", "'")
        if not parts and not title and plain in _TITLES:
            title = _TITLES[plain]
            continue
        if plain in _STOPS or len(parts) == MOST_PARTS:
            break
        parts.append(_cased(word))
    if not parts or len("".join(parts)) < SHORTEST:
        return None
    return " ".join([title, *parts]).strip()


def _cased(word: str) -> str:
    """ "o'brien" as "O'Brien", "smith-jones" as "Smith-Jones"; mixed case stays as written."""
    word = word.replace("’", "'")
    if not (word.islower() or word.isupper()):
        return word
    lower = word.lower()
    if lower.startswith("mc") and len(lower) > 3:
        return "Mc" + lower[2:].capitalize()
    return "-".join(_apostrophes(part) for part in lower.split("-"))


def _apostrophes(part: str) -> str:
    lead, quote, rest = part.partition("'")
    if quote and len(lead) == 1 and rest:
        return f"{lead.upper()}'{rest.capitalize()}"
    return part.capitalize()
