"""What an agent expects to hear next: steers the vocabulary and the patience of hearing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agents.language.phrases import likely_names, likely_phrases
from agents.script import Question, QuestionKind, Script
from agents.thread import Thread, Topic
from core.speech import AnswerKind, Expectation

KINDS: Final[Mapping[str, frozenset[AnswerKind]]] = MappingProxyType(
    {
        Topic.RIGHT_PERSON: frozenset({AnswerKind.YES_NO}),
        Topic.PURPOSE: frozenset({AnswerKind.OPEN}),
        Topic.TIME: frozenset({AnswerKind.DATE_TIME, AnswerKind.YES_NO}),
        Topic.CONFIRM: frozenset({AnswerKind.YES_NO, AnswerKind.DATE_TIME}),
        Topic.CALLBACK_TIME: frozenset({AnswerKind.DATE_TIME}),
        Topic.CALLBACK_CONFIRM: frozenset({AnswerKind.YES_NO, AnswerKind.DATE_TIME}),
        Topic.MORE: frozenset({AnswerKind.YES_NO, AnswerKind.OPEN}),
        Topic.CLOSED: frozenset({AnswerKind.OPEN}),
    }
)


def expectation(script: Script, thread: Thread) -> Expectation:
    """What the caller is likely to say now."""
    question = script.question(thread.asked)
    return Expectation(
        kinds=_kinds(thread, question),
        phrases=likely_phrases(script, asked=thread.asked),
        names=likely_names(script) if _takes_name(question) else (),
        places=question.areas if question is not None else (),
    )


def _kinds(thread: Thread, question: Question | None) -> frozenset[AnswerKind]:
    if question is not None:
        return frozenset({AnswerKind(question.kind.value)})
    return KINDS.get(thread.asked, frozenset({AnswerKind.OPEN}))


def _takes_name(question: Question | None) -> bool:
    return question is not None and question.kind is QuestionKind.NAME
