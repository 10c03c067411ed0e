"""Typed answers: what a question of the script accepts, and what the answers so far lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agents.script import Question, QuestionKind, Script
from core.effects import Json
from core.errors import InvalidInputError

LONGEST_ANSWER: Final = 300  # characters of an open answer that are kept


def check_answer(question: Question, value: bool | int | str | None) -> Json:
    """The value as it is kept: "yes"/"no", an option id, a number, a name, a postcode, words.

    None is kept for a question that is not required and that the caller did not answer.

    Raises:
        InvalidInputError: the question does not take this value.
    """
    if value is None:
        if question.required:
            raise InvalidInputError(f"{question.id} needs an answer.", field=question.id)
        return None
    text = str(value).strip()
    match question.kind:
        case QuestionKind.YES_NO:
            text = {"true": "yes", "false": "no"}.get(text.lower(), text.lower())
            good = text in {"yes", "no"}
        case QuestionKind.CHOICE:
            good = question.option(text) is not None
        case QuestionKind.NUMBER:
            return _number(question, value)
        case _:
            text = text.replace("\x00", "")[:LONGEST_ANSWER]
            good = bool(text)
    if not good:
        raise InvalidInputError(f"{question.id} does not take {text!r}.", field=question.id)
    return text


def _number(question: Question, value: bool | int | str) -> int:
    low = question.minimum if question.minimum is not None else 0
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if number < low or (question.maximum is not None and number > question.maximum):
        raise InvalidInputError(f"{question.id} does not take {value!r}.", field=question.id)
    return number


def is_skipped(question: Question, slots: Mapping[str, Json]) -> bool:
    """Whether the answers so far make the question pointless."""
    return any(
        condition.question in slots and keyword(slots[condition.question]) in condition.values
        for condition in question.skip_if
    )


def next_question(script: Script, slots: Mapping[str, Json]) -> Question | None:
    """The first question still to be asked. None: the caller is qualified."""
    return next(
        (
            question
            for question in script.questions
            if question.id not in slots and not is_skipped(question, slots)
        ),
        None,
    )


def ends_with(question: Question, slots: Mapping[str, Json]) -> str | None:
    """The closing line when the answer leaves nothing to offer, else None."""
    if question.id not in slots:
        return None
    value = keyword(slots[question.id])
    if question.ends_if is not None and value in question.ends_if.values:
        return question.ends_if.line
    if question.kind is QuestionKind.POSTCODE and question.areas:
        return None if value in question.areas else question.outside
    return None


def keyword(value: Json) -> str:
    """A slot as conditions compare it: a postcode by its outward code, numbers in digits."""
    text = str(value)
    return text.partition(" ")[0] if text.isupper() and " " in text else text
