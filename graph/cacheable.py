"""Which answers may be given again to somebody else: none that hold anything of a person or a day.

The rule errs on the side of thinking again. An answer is kept only when its words are the script's
own, or at least not this caller's: nothing from the card of the call, nothing that anybody said on
the line beyond the vocabulary of the script, no day, no hour, no promise, and no number but in the
script's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from agents.brief import Brief
from agents.language.numbers import cardinal, ordinal
from agents.language.words import word_set
from agents.language.words import words_of as spoken_words
from agents.ports import ModelPiece
from agents.prompts import shows_times
from agents.script import QuestionKind, Script
from agents.script_checks import spoken_lines
from agents.script_lines import fill
from agents.tools.call import ToolCall
from agents.tools.specs import Tool
from core.speech import TurnKind
from graph.announcing import announces
from graph.repeats import words_of

# Tools that move the conversation and name nothing but ids of the script.
IMPERSONAL: Final = frozenset(
    {
        Tool.RECORD_ANSWER.value,
        Tool.ASK.value,
        Tool.ANSWER_OBJECTION.value,
        Tool.NOT_UNDERSTOOD.value,
        Tool.HAND_OFF.value,
        Tool.END_CALL.value,
    }
)
FROM_A_LIST: Final = frozenset({QuestionKind.YES_NO, QuestionKind.CHOICE})
IN_OWN_WORDS: Final = frozenset({QuestionKind.NAME, QuestionKind.POSTCODE, QuestionKind.OPEN})

# What is true today may be wrong tomorrow.
TIMELY: Final = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|in may|june"
    r"|july|august|september|october|november|december|today|tonight|tomorrow|yesterday|morning"
    r"|afternoon|evening|noon|midday|midnight|o['’]clock|[ap]\.m|pm\b|spring|summer|autumn|winter"
    r"|christmas|boxing day|new year|easter|(?:bank )?holidays?"
    r"|(?:this|next|last) (?:week|month|year)|at the moment|right now|currently|closed"
    r"|fully booked|(?:free|no) (?:times?|slots?))",
    re.IGNORECASE,
)
# What was done for one caller is not done for another.
PROMISE: Final = re.compile(
    r"\b(?:booked|(?:our|the) list|(?:call|ring|phone) (?:\w+ )?back|be in touch|get back to)\b",
    re.IGNORECASE,
)
DIGIT: Final = re.compile(r"\d")
PARTS: Final = word_set("half quarter quarters dozen dozens couple twice percent")


def may_be_asked(brief: Brief) -> bool:
    """Whether this turn is one that many callers share, and no free times bear on it."""
    reading, thread = brief.reading, brief.thread
    values = (reading.name, reading.postcode, reading.number, reading.when)
    times = (thread.offers, thread.proposal, thread.wish)
    return (
        brief.turn.kind is TurnKind.SPEECH
        and bool(words_of(brief.turn.text))
        and not DIGIT.search(brief.turn.text)
        and not any(value is not None for value in values)
        and not any(times)
        and not announces(brief)
        and not shows_times(brief)
        and (brief.heard is None or brief.heard.complete)
    )


def may_be_kept(brief: Brief, pieces: Sequence[ModelPiece]) -> bool:
    """Whether this answer may be given to any other caller who says the same."""
    calls = [call for piece in pieces for call in piece.tool_calls]
    text = " ".join(piece.text for piece in pieces)
    return (
        may_be_asked(brief)
        and all(_is_impersonal(call, brief.script) for call in calls)
        and not TIMELY.search(text)
        and not PROMISE.search(text)
        and not _counts(text, brief.script)
        and not set(words_of(text)) & _private(brief)
        and not any(DIGIT.search(word) for word in words_of(text))
    )


def without_reasons(call: ToolCall) -> ToolCall:
    """The call without the model's own account of why, which may tell of the caller."""
    told = {key: value for key, value in call.arguments.items() if key != "reason"}
    return replace(call, arguments=told)


def _counts(text: str, script: Script) -> bool:
    """Whether the text holds a number, in words, that no line of the script holds there."""
    words = ("", *spoken_words(text), "")
    known = neighbours(script)
    return any(
        not {words[at - 1 : at + 1], words[at : at + 2]} <= known
        for at in range(1, len(words) - 1)
        if words[at] in PARTS or cardinal(words, at) or ordinal(words, at)
    )


def _is_impersonal(call: ToolCall, script: Script) -> bool:
    if call.name != Tool.RECORD_ANSWER:
        return call.name in IMPERSONAL
    question = script.question(str(call.arguments.get("question")))
    return question is not None and question.kind in FROM_A_LIST


def _private(brief: Brief) -> frozenset[str]:
    """Every word that belongs to this call alone."""
    from_card = {word for value in brief.variables.values() for word in words_of(value)}
    said = set(words_of(brief.turn.text)) | {w for line in _said(brief) for w in words_of(line)}
    personal = from_card | {word for value in _own_answers(brief) for word in words_of(value)}
    return frozenset(personal | (said - vocabulary(brief.script)))


def _said(brief: Brief) -> Iterator[str]:
    return (line.text for line in brief.history if line.by_caller)


def _own_answers(brief: Brief) -> Iterator[str]:
    """What the caller answered in words of their own."""
    for key, value in brief.slots.items():
        question = brief.script.question(key)
        if question is None or question.kind in IN_OWN_WORDS:
            yield str(value)


@lru_cache(maxsize=32)
def neighbours(script: Script) -> frozenset[tuple[str, ...]]:
    """Every two words that stand together in what the script says; "" is where a line ends."""
    found: set[tuple[str, ...]] = set()
    for _, line in spoken_lines(script):
        words = ("", *spoken_words(fill(line, script, {})), "")
        found.update(words[at : at + 2] for at in range(len(words) - 1))
    return frozenset(found)


@lru_cache(maxsize=32)
def vocabulary(script: Script) -> frozenset[str]:
    """The words that the script itself uses; the names that hearing should know are none."""
    return frozenset(words_of(repr(replace(script, names=()))))
