"""What the schema of a script cannot say: variables, ids, patterns, disclosure, conditions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.language.patterns import compile_pattern, matches
from agents.script import Question, QuestionKind, Script
from agents.script_lines import (
    BOOKING_VARIABLES,
    BRAND_VARIABLES,
    CALLBACK_VARIABLES,
    known_variables,
    stray_brace,
    variables_in,
)
from agents.script_opening import opening_faults
from core.call import Direction

Fault: TypeAlias = tuple[tuple[str | int, ...], str]  # the place, and the text

_NOT_SPOKEN = frozenset(
    {
        "name",
        "names",
        "timezone",
        "id",
        "patterns",
        "says",
        "kind",
        "values",
        "areas",
        "nouns",
        "must_hear",
    }
)


def faults(script: Script) -> Iterator[Fault]:
    """Every fault of a script that fits the schema, as (place, what is wrong)."""
    yield from _timezone(script)
    yield from _variables(script)
    yield from _ids(script)
    for at, question in enumerate(script.questions):
        yield from _question(script, question, ("questions", at))
    yield from _wordings(script)
    yield from _disclosure(script)
    yield from _opening_hours(script)


def _timezone(script: Script) -> Iterator[Fault]:
    try:
        ZoneInfo(script.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ("timezone",), f'"{script.timezone}" is no time zone; write for example Europe/London'


def _variables(script: Script) -> Iterator[Fault]:
    known = known_variables(script)
    extra = {"booking": BOOKING_VARIABLES, "callback": CALLBACK_VARIABLES}
    for place, line in spoken_lines(script):
        if stray_brace(line):
            yield place, "a brace is not closed or not opened"
        allowed = known | set(extra.get(str(place[0]), ()))
        for name in variables_in(line):
            if name not in allowed:
                yield place, f"unknown variable {{{name}}}; known: {', '.join(sorted(allowed))}"


def spoken_lines(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Every spoken line of a script, or of the part ``value`` of one: (place, line)."""
    if isinstance(value, str):
        yield place, str(value)
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from spoken_lines(item, (*place, at))
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in _NOT_SPOKEN:
                yield from spoken_lines(getattr(value, field.name), (*place, field.name))


def _ids(script: Script) -> Iterator[Fault]:
    for kind in ("variables", "questions", "objections", "facts"):
        yield from _twice((kind,), getattr(script, kind))
    for at, question in enumerate(script.questions):
        yield from _twice(("questions", at, "options"), question.options)
    taken = {*BRAND_VARIABLES, *BOOKING_VARIABLES, *(variable.id for variable in script.variables)}
    for at, question in enumerate(script.questions):
        if question.id in taken:
            yield ("questions", at, "id"), f'"{question.id}" is the name of a variable'


def _twice(place: tuple[str | int, ...], items: Iterable[Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, item in enumerate(items):
        if item.id in seen:
            yield (*place, at, "id"), f'"{item.id}" is used twice'
        seen.add(item.id)


def _question(script: Script, question: Question, place: tuple[str | int, ...]) -> Iterator[Fault]:
    yield from _kind_keys(question, place)
    earlier = {other.id: other for other in script.questions[: int(place[1])]}
    for at, condition in enumerate(question.skip_if):
        where = (*place, "skip_if", at)
        if condition.question not in earlier:
            yield (*where, "question"), f'"{condition.question}" is no earlier question'
        else:
            yield from _values(earlier[condition.question], condition.values, (*where, "values"))
    if question.ends_if:
        yield from _values(question, question.ends_if.values, (*place, "ends_if", "values"))


def _kind_keys(question: Question, place: tuple[str | int, ...]) -> Iterator[Fault]:
    kind = question.kind
    ids = {option.id for option in question.options}
    if kind is QuestionKind.CHOICE and len(ids) < 2:
        yield (*place, "options"), "a choice needs at least two options"
    if kind is QuestionKind.YES_NO and not ids <= {"yes", "no"}:
        yield (*place, "options"), 'the options of a yes_no question are "yes" and "no"'
    if kind not in (QuestionKind.CHOICE, QuestionKind.YES_NO) and ids:
        yield (*place, "options"), f"a {kind} question has no options"
    yield from _bounds(question, place)
    if (kind is QuestionKind.POSTCODE) != bool(question.areas):
        yield (*place, "areas"), "the areas served belong to a postcode question, and it needs them"
    if question.outside and kind is not QuestionKind.POSTCODE:
        yield (*place, "outside"), "only a postcode question can be answered from outside"


def _bounds(question: Question, place: tuple[str | int, ...]) -> Iterator[Fault]:
    low, high = question.minimum, question.maximum
    if question.kind is not QuestionKind.NUMBER:
        if low is not None or high is not None or question.nouns:
            yield (*place, "minimum"), "only a number question has a minimum, a maximum and nouns"
    elif low is None or high is None:
        yield (*place, "minimum"), "a number question needs a minimum and a maximum"
    elif not 0 <= low <= high <= 9999:
        yield (*place, "minimum"), "the minimum is 0 or more and not above the maximum (9999)"


def _values(
    question: Question, values: tuple[str, ...], place: tuple[str | int, ...]
) -> Iterator[Fault]:
    possible: set[str] | None = None
    if question.kind is QuestionKind.YES_NO:
        possible = {"yes", "no"}
    elif question.kind is QuestionKind.CHOICE:
        possible = {option.id for option in question.options}
    for at, value in enumerate(values):
        if possible is not None and value not in possible:
            listed = ", ".join(sorted(possible))
            yield (*place, at), f'"{value}" is no answer to {question.id}; answers: {listed}'


def _wordings(script: Script) -> Iterator[Fault]:
    worded: list[tuple[tuple[str | int, ...], Any]] = [
        *((("objections", at), item) for at, item in enumerate(script.objections)),
        *((("facts", at), item) for at, item in enumerate(script.facts)),
    ]
    for at, question in enumerate(script.questions):
        worded += [
            (("questions", at, "options", number), option)
            for number, option in enumerate(question.options)
        ]
    for place, item in worded:
        yield from _wording(item, place)


def _wording(item: Any, place: tuple[str | int, ...]) -> Iterator[Fault]:
    sound: list[str] = []
    for at, pattern in enumerate(item.patterns):
        try:
            compile_pattern(pattern)
        except ValueError as broken:
            yield (*place, "patterns", at), str(broken)
        else:
            sound.append(pattern)
    for at, phrase in enumerate(item.says):
        if not matches(sound, phrase):
            yield (*place, "says", at), f'no pattern matches "{phrase}"'


def _disclosure(script: Script) -> Iterator[Fault]:
    yield from opening_faults(script.opening, script.direction, script.brand.name)
    if script.direction is Direction.OUTBOUND:
        if script.right_person is None:
            yield ("right_person",), "an outbound script checks that the right person is there"
    elif script.right_person is not None:
        yield ("right_person",), "an inbound script has no right-person check"


def _opening_hours(script: Script) -> Iterator[Fault]:
    for key, rules in (("booking", script.booking), ("callback", script.callback)):
        week = rules.hours
        days = [getattr(week, field.name) for field in dataclasses.fields(week)]
        if not any(days):
            yield (key, "hours"), "at least one day must be open"
