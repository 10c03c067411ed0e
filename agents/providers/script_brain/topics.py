"""Answers by topic: who they are, what they want, the script's questions, anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from agents.answers import check_answer, ends_with, next_question
from agents.language.reading import Intent, Reading
from agents.providers.script_brain import appointments, callbacks, parting
from agents.providers.script_brain.reply import Reply, gave_value
from agents.script import Question, QuestionKind
from agents.thread import Topic
from agents.tools.specs import Tool
from agents.tools.wishes import exact
from core.call import Outcome
from core.errors import InvalidInputError

# "Actually three bedrooms": what is said next replaces an earlier answer.
CORRECTS: Final = re.compile(
    r"\b(actually|i meant|i mean|sorry|correction|make that|rather|no wait|not \w+ but)\b"
)


def open_call(reply: Reply) -> Reply:
    """The first words after those that must be heard: the right person, or how we can help."""
    greeting = reply.wording.greeting()
    if greeting:
        reply.steps.append(greeting)
    if reply.brief.script.right_person is not None:
        return reply.ask(Topic.RIGHT_PERSON)
    return reply.ask(Topic.PURPOSE, "" if greeting else None)


def answer(reply: Reply) -> Reply:
    """What the caller was asked for, answered."""
    question = reply.brief.script.question(reply.thread.asked)
    if question is not None:
        return _question(reply, question)
    handle = _BY_TOPIC.get(reply.thread.asked)
    return parting.clarify(reply) if handle is None else handle(reply)


def go_on(reply: Reply) -> Reply:
    """The next question; when none is left, the appointment."""
    question = next_question(reply.brief.script, reply.slots)
    if question is None:
        return appointments.propose(reply)
    return reply.ask(question.id, question.text)


def _right_person(reply: Reply) -> Reply:
    reading = reply.brief.reading
    person = reply.brief.script.right_person
    assert person is not None
    if reading.has(Intent.NO):
        return reply.end(Outcome.COMPLETED, person.wrong)
    if reading.has(Intent.YES) or _is_lead(reply, reading.name):
        keep_values(reply)
        return go_on(reply.say(reply.brief.script.introduction))
    if reading.name is not None:
        return reply.end(Outcome.COMPLETED, person.wrong)
    return parting.clarify(reply)


def _is_lead(reply: Reply, name: str | None) -> bool:
    """Whether that is the name on the card, or part of it."""
    known = reply.brief.variables.get("lead_name", "").lower().split()
    return bool(name) and any(word in known for word in (name or "").lower().split())


def _purpose(reply: Reply) -> Reply:
    """An inbound caller says what they want."""
    reading = reply.brief.reading
    wants = reading.has(Intent.WANTS_APPOINTMENT) or reading.has(Intent.YES)
    if wants or gave_value(reading):
        if reply.thread.outcome is not None:  # booked already: a person changes or adds to it
            return parting.by_a_colleague(reply, reply.brief.script.lines.human)
        keep_values(reply)
        return go_on(reply.say(reply.brief.script.introduction))
    if reading.has(Intent.NO):
        came_to = reply.thread.outcome or Outcome.COMPLETED
        return reply.end(came_to, reply.brief.script.lines.farewell)
    return parting.clarify(reply)


def _more(reply: Reply) -> Reply:
    """Anything else? No is a good answer."""
    reading = reply.brief.reading
    if reading.has(Intent.NO) or reading.has(Intent.THANKS):
        came_to = reply.thread.outcome or Outcome.COMPLETED
        return reply.end(came_to, reply.brief.script.lines.farewell)
    if reply.thread.outcome is not None and reading.has(Intent.YES):
        return reply.say(reply.brief.script.lines.wait)
    return _purpose(reply)


def _question(reply: Reply, question: Question) -> Reply:
    """The answer to a question of the script, and whatever else came in the same breath."""
    corrected = _correct(reply, question)
    keep_values(reply)
    value = _value_for(question, reply.brief.reading)
    if value is not None and not corrected:
        try:
            reply.record(question.id, check_answer(question, value))
        except InvalidInputError:
            return parting.clarify(reply)
    if (line := _ending(reply)) is not None:
        return reply.end(Outcome.COMPLETED, line)
    if question.id in reply.slots or corrected:
        return go_on(reply)
    if not question.required and reply.thread.tries > 0:
        return go_on(reply.record(question.id, None))
    return parting.clarify(reply)


def keep_values(reply: Reply) -> None:
    """Keep answers to questions that were not asked yet."""
    reading = reply.brief.reading
    asked = reply.brief.script.question(reply.thread.asked)
    asks_number = asked is not None and asked.kind is QuestionKind.NUMBER
    for question in reply.brief.script.questions:
        if question.id == reply.thread.asked or question.id in reply.slots:
            continue
        if question.kind in (QuestionKind.YES_NO, QuestionKind.OPEN):
            continue  # a yes belongs to what was asked
        if question.kind is QuestionKind.NUMBER and not (question.nouns and not asks_number):
            continue  # and so does a bare number
        value = _value_for(question, reading)
        if value is None:
            continue
        try:
            reply.record(question.id, check_answer(question, value))
        except InvalidInputError:
            continue
    _keep_wish(reply)


def _keep_wish(reply: Reply) -> None:
    """Keep an exact time that they name while other things are discussed."""
    when = reply.brief.reading.when
    wish = None if when is None else exact(when, reply.brief.zone, ())
    if wish is not None:
        reply.thread = replace(reply.thread, wish=wish)
        reply.do(Tool.NOTE_WISH, starts_at=wish.isoformat())


def _correct(reply: Reply, asked: Question) -> bool:
    """Replace an earlier answer; True when the turn did only that."""
    reading = reply.brief.reading
    if not CORRECTS.search(reading.text.lower()):
        return False
    for question in reversed(reply.brief.script.questions):
        if question.id == asked.id or reply.slots.get(question.id) is None:
            continue
        if question.kind in (QuestionKind.YES_NO, QuestionKind.OPEN) or (
            question.kind is asked.kind and question.kind is not QuestionKind.CHOICE
        ):
            continue
        value = _value_for(question, reading)
        if value is None or value == reply.slots[question.id]:
            continue
        try:
            reply.record(question.id, check_answer(question, value))
        except InvalidInputError:
            continue
        return _value_for(asked, reading) is None
    return False


def correct_earlier(reply: Reply) -> bool:
    """Replace an earlier answer while times are discussed; True when the turn did only that."""
    reading = reply.brief.reading
    if reading.when is not None or not CORRECTS.search(reading.text.lower()):
        return False
    for question in reversed(reply.brief.script.questions):
        value = _value_for(question, reading)
        if question.kind not in (QuestionKind.NUMBER, QuestionKind.CHOICE, QuestionKind.POSTCODE):
            continue
        if value is not None and question.id in reply.slots:
            try:
                reply.record(question.id, check_answer(question, value))
            except InvalidInputError:
                continue
            return True
    return False


def _value_for(question: Question, reading: Reading) -> bool | int | str | None:
    """The value in this turn that the question takes."""
    match question.kind:
        case QuestionKind.YES_NO:
            if reading.has(Intent.YES) != reading.has(Intent.NO):
                return "yes" if reading.has(Intent.YES) else "no"
            return None
        case QuestionKind.CHOICE:
            choice = reading.choice
            return choice if choice and question.option(choice) else None
        case QuestionKind.NUMBER:
            return reading.number
        case QuestionKind.NAME:
            return reading.name
        case QuestionKind.POSTCODE:
            return reading.postcode
        case QuestionKind.OPEN:
            return None if reading.has(Intent.UNCLEAR) else reading.text or None


def _ending(reply: Reply) -> str | None:
    """The closing line when some answer leaves nothing to offer."""
    lines = (ends_with(question, reply.slots) for question in reply.brief.script.questions)
    return next((line for line in lines if line is not None), None)


def _time(reply: Reply) -> Reply:
    return reply.back() if correct_earlier(reply) else appointments.choose(reply)


def _confirm(reply: Reply) -> Reply:
    return reply.back() if correct_earlier(reply) else appointments.confirm(reply)


def _open_thread(reply: Reply) -> Reply:
    """Nothing was asked yet, or its asking was lost: begin where the script begins."""
    person = reply.brief.script.right_person
    return _purpose(reply) if person is None else _right_person(reply)


_BY_TOPIC: Final[Mapping[str, Callable[[Reply], Reply]]] = MappingProxyType(
    {
        "": _open_thread,
        Topic.RIGHT_PERSON: _right_person,
        Topic.PURPOSE: _purpose,
        Topic.TIME: _time,
        Topic.CONFIRM: _confirm,
        Topic.CALLBACK_TIME: callbacks.choose,
        Topic.CALLBACK_CONFIRM: callbacks.confirm,
        Topic.MORE: _more,
    }
)
