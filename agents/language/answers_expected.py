"""How a caller words the answer to a question with few answers: for a closed vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agents.language.spoken import spoken_number
from agents.language.words import words_of
from agents.script import Question, QuestionKind

MOST_VALUES: Final = 20  # a question with more answers than this has no likely ones
NUMBERS_SAID: Final = ("{}", "{} {things}", "it has {} {things}", "there are {} {things}")
CODES_SAID: Final = ("{}", "it's {}", "it is {}")


def answers_expected(question: Question) -> tuple[str, ...]:
    """The likely answers as whole utterances, lower case words; empty when there are too many."""
    said = (" ".join(words_of(answer)) for answer in _answers(question))
    return tuple(dict.fromkeys(said))


def _answers(question: Question) -> Iterator[str]:
    if question.kind is QuestionKind.NUMBER:
        yield from _numbers(question)
    elif question.kind is QuestionKind.POSTCODE and len(question.areas) <= MOST_VALUES:
        for area in question.areas:
            for code in _spelled(area):
                for form in CODES_SAID:
                    yield form.format(code)


def _numbers(question: Question) -> Iterator[str]:
    low, high = question.minimum, question.maximum
    if low is None or high is None or high - low >= MOST_VALUES:
        return
    for value in range(low, high + 1):
        said = spoken_number(value)
        yield said
        for noun in question.nouns:
            for form in NUMBERS_SAID[1:]:
                yield form.format(said, things=noun)


def _spelled(code: str) -> Iterator[str]:
    """An outward code as it is read out: BN41 is "b n four one" and "b n forty one"."""
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    spelled = " ".join(letters.lower())
    yield f"{spelled} {' '.join(spoken_number(int(digit)) for digit in digits)}".strip()
    if len(digits) > 1:
        yield f"{spelled} {spoken_number(int(digits))}"
