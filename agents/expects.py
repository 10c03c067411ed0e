"""What an agent expects to hear next: steers the vocabulary and the patience of hearing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from agents.language.answers_expected import answers_expected
from agents.language.offered import offered_phrases
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


def expectation(script: Script, thread: Thread, now: datetime | None = None) -> Expectation:
    """What the caller is likely to say now.

    ``now``: aware, on the script's wall clock; without it offered times are not put in words.
    """
    question = script.question(thread.asked)
    return Expectation(
        kinds=_kinds(thread, question),
        phrases=likely_phrases(script, asked=thread.asked),
        likely=_likely(thread, question, now),
        names=likely_names(script) if _takes_name(question) else (),
        places=question.areas if question is not None else (),
    )


def _kinds(thread: Thread, question: Question | None) -> frozenset[AnswerKind]:
    if question is not None:
        return frozenset({AnswerKind(question.kind.value)})
    return KINDS.get(thread.asked, frozenset({AnswerKind.OPEN}))


def _likely(thread: Thread, question: Question | None, now: datetime | None) -> tuple[str, ...]:
    if question is not None:
        return answers_expected(question)
    return offered_phrases(_times(thread), now) if now is not None else ()


def _times(thread: Thread) -> tuple[datetime, ...]:
    """The times that were just said to the caller."""
    if thread.asked == Topic.TIME:
        return thread.offers
    if thread.asked in (Topic.CONFIRM, Topic.CALLBACK_CONFIRM) and thread.proposal is not None:
        return (thread.proposal.starts_at,)
    return ()


def _takes_name(question: Question | None) -> bool:
    return question is not None and question.kind is QuestionKind.NAME
