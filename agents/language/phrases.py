"""What a caller is likely to say beyond the answer: whole utterances for a closed vocabulary.

A recogniser with a closed grammar hears only what is in it, so each intent is here in its
commonest wordings, and the script adds its own. ``read`` understands every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import Final

from agents.language.name_list import FIRST_NAMES, SURNAMES
from agents.language.reading import Intent
from agents.script import QuestionKind, Script
from agents.thread import Topic

MOST_PHRASES: Final = 80  # a larger closed vocabulary is misheard more often

ALWAYS: Final[Mapping[Intent, tuple[str, ...]]] = MappingProxyType(
    {
        Intent.OPT_OUT: (
            "stop calling me",
            "please stop calling me",
            "don't call me again",
            "please don't call me again",
            "take me off your list",
            "remove me from your list",
            "never call me again",
            "i don't want any more calls",
        ),
        Intent.CALL_LATER: (
            "call me later",
            "can you call me later",
            "call me back later",
            "can you call me back",
            "can you call me tomorrow",
            "i'm driving",
            "i'm busy at the moment",
            "i can't talk right now",
            "it's not a good time",
        ),
        Intent.NOT_INTERESTED: (
            "i'm not interested",
            "no thanks i'm not interested",
            "not interested",
            "sorry i'm not interested",
        ),
        Intent.ASKS_IF_ROBOT: (
            "are you a robot",
            "am i talking to a robot",
            "is this a recording",
            "are you a real person",
        ),
        Intent.WANTS_HUMAN: (
            "can i speak to a person",
            "i want to speak to a human",
            "can i speak to someone",
        ),
        Intent.REPEAT: ("pardon", "can you say that again", "what did you say", "sorry what"),
        Intent.WAIT: ("hold on", "one moment please", "let me think"),
        Intent.GOODBYE: ("goodbye", "bye bye", "thank you goodbye"),
    }
)
AT_THE_START: Final[Mapping[Intent, tuple[str, ...]]] = MappingProxyType(
    {
        Intent.WRONG_PERSON: (
            "wrong number",
            "you have the wrong number",
            "you've got the wrong person",
            "she's not here",
            "he's not here",
        ),
        Intent.YES: ("speaking", "yes speaking", "this is she", "this is he", "that's me"),
    }
)
WANTING: Final = (
    "i'd like a valuation",
    "i'd like to book a valuation",
    "i want to book an appointment",
    "can i book a valuation",
    "i want to sell my house",
    "i'd like to sell my flat",
    "can someone value my house",
    "how much is my house worth",
    "i'm calling about a valuation",
    "a valuation please",
)


@lru_cache(maxsize=256)
def likely_phrases(script: Script, asked: str) -> tuple[str, ...]:
    """Whole utterances to expect while ``asked`` (a ``Topic`` or a question's id) stands open.

    Lower case words only, at most ``MOST_PHRASES``, the likeliest first.
    """
    ordered = chain(
        _of_the_question(script, asked),
        _of_the_moment(asked),
        *ALWAYS.values(),
        _turn_about(
            [
                *(objection.says for objection in script.objections),
                *(fact.says for fact in script.facts),
            ]
        ),
    )
    return tuple(dict.fromkeys(ordered))[:MOST_PHRASES]


def _of_the_question(script: Script, asked: str) -> Iterator[str]:
    question = script.question(asked)
    if question is None:
        return
    for option in question.options:
        yield from option.says
    if question.why is not None:
        yield "why do you need to know"
    if question.kind is QuestionKind.CHOICE:
        yield from ("i don't know", "i'm not sure")


def _of_the_moment(asked: str) -> Iterator[str]:
    if asked in (Topic.RIGHT_PERSON, ""):
        for phrases in AT_THE_START.values():
            yield from phrases
    if asked in (Topic.PURPOSE, Topic.MORE, ""):
        yield from WANTING
    if asked == Topic.MORE:
        yield from ("no that's all", "that's all thank you", "no that's everything")


def _turn_about(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first of each list, then the second of each, and so on."""
    for row in zip_longest(*lists):
        yield from (phrase for phrase in row if phrase is not None)


def likely_names(script: Script) -> tuple[str, ...]:
    """Words that may stand where a name is expected, the script's own first."""
    own = (word for name in script.names for word in name.split())
    return tuple(dict.fromkeys(chain(own, FIRST_NAMES, SURNAMES)))
