"""The closed vocabulary of a turn: an `Expectation` as an automaton of words.

An offline recogniser on telephone audio is useless with an open vocabulary and good with a small
one, so the grammar holds what the agent asked for, the phrases of the script, and what callers
say at any time ("stop calling me"). Weights share the probability out: most of it goes to the
kinds of answer that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from core.speech import AnswerKind, Expectation
from voice.hearing_automaton import Automaton, compile_rules
from voice.hearing_rules import GENERAL, RULES

ANSWER_WEIGHT = 60.0  # of each kind asked for
PHRASE_WEIGHT = 40.0  # of all phrases of the expectation together
LIKELY_WEIGHT = 90.0  # of what the agent itself just named
GENERAL_WEIGHT = 12.0  # of all that may be said at any time
UNASKED_YES_NO_WEIGHT = 8.0  # "yes" and "no" are said to every question

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOT_WORDS = re.compile(r"[^a-z0-9' ]+")
_ANSWERS: Final = {
    AnswerKind.YES_NO: "yesno",
    AnswerKind.NUMBER: "number",
    AnswerKind.DATE_TIME: "appointment",
    AnswerKind.NAME: "name",
    AnswerKind.POSTCODE: "postcode",
}  # a choice and an open answer are made of the phrases


@dataclass(frozen=True, slots=True)
class Grammar:
    """What can be heard. ``left_out``: phrases with words that have no pronunciation."""

    automaton: Automaton
    left_out: tuple[str, ...]


def build(expects: Expectation, pronounceable: Callable[[str], bool]) -> Grammar:
    """The grammar of ``expects`` from words that are ``pronounceable``; the rest is left out."""
    left_out: list[str] = []

    def known(phrases: Iterable[str]) -> str:
        kept = []
        for phrase in dict.fromkeys(words_of(phrase) for phrase in phrases):
            if phrase and all(pronounceable(word) for word in phrase.split()):
                kept.append(phrase)
            elif phrase:
                left_out.append(phrase)
        return " | ".join(kept)

    rules = dict(RULES)
    rules["phrase"] = known(expects.phrases)
    rules["likely"] = known(expects.likely)
    rules["general"] = known(GENERAL)
    rules["onename"] = known(expects.names)
    rules["outward"] = " | ".join(filter(None, map(spelled, expects.places))) or "<anyoutward>"
    weights = {_ANSWERS[kind]: ANSWER_WEIGHT for kind in expects.kinds if kind in _ANSWERS}
    if AnswerKind.POSTCODE not in expects.kinds:  # spelled letters sound like "yeah no"
        weights.setdefault("yesno", UNASKED_YES_NO_WEIGHT)
    weights |= {"phrase": PHRASE_WEIGHT, "general": GENERAL_WEIGHT}
    if not rules["onename"]:
        weights.pop("name", None)
    if not rules["phrase"]:
        weights.pop("phrase")
    if rules["likely"]:
        weights["likely"] = LIKELY_WEIGHT
    rules["said"] = " | ".join(f"/{weights[name]:g}/ <{name}>" for name in sorted(weights))
    return Grammar(compile_rules(rules, "turn"), tuple(left_out))


def words_of(phrase: str) -> str:
    """``phrase`` in lower case words with single digits spelled, without punctuation."""
    plain = _NOT_WORDS.sub(" ", phrase.lower().replace("’", "'"))
    spoken = (
        _DIGITS[int(word)] if len(word) == 1 and word.isdigit() else word for word in plain.split()
    )
    return " ".join(word for word in spoken if word.strip("'"))


def spelled(code: str) -> str:
    """A postcode or part of one as it is read out: "BN3" is "b n three"."""
    letters = (sign for sign in code.lower() if sign.isascii() and sign.isalnum())
    return " ".join(_DIGITS[int(sign)] if sign.isdigit() else sign for sign in letters)
