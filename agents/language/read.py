"""One caller turn, read: all that its words say, in the light of what was asked.

Pure and deterministic: the same words, script and wall clock give the same reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from agents.language.intents import read_intents
from agents.language.matching import Meant, chosen, meant, overlap
from agents.language.name_list import KNOWN_NAMES
from agents.language.names import read_name
from agents.language.numbers import quantity
from agents.language.patterns import Phrasebook
from agents.language.postcodes import read_postcode
from agents.language.questions import asks_something, asks_why
from agents.language.reading import Intent, Reading, WhenSaid
from agents.language.when import read_when
from agents.language.wordings_declining import SURELY_WRONG_PERSON
from agents.language.words import joined, words_of
from agents.language.written import as_spoken
from agents.language.yes_no import Answer, read_yes_no
from agents.script import Question, QuestionKind, Script
from agents.thread import Topic

TIME_TOPICS: Final = frozenset(
    {Topic.TIME, Topic.CONFIRM, Topic.CALLBACK_TIME, Topic.CALLBACK_CONFIRM}
)
_CALLBACK_TOPICS: Final = frozenset({Topic.CALLBACK_TIME, Topic.CALLBACK_CONFIRM})
_READ_BACKS: Final = frozenset({Topic.CONFIRM, Topic.CALLBACK_CONFIRM})
# An answer to one of these sounds like a day or an hour now and then ("May", "november two").
_TIMELESS: Final = frozenset({QuestionKind.NAME, QuestionKind.POSTCODE, QuestionKind.NUMBER})
_WHO_TOPICS: Final = frozenset({Topic.RIGHT_PERSON, ""})

# What must be reacted to first comes first.
WEIGHT: Final = (
    Intent.OPT_OUT,
    Intent.WRONG_PERSON,
    Intent.ASKS_IF_ROBOT,
    Intent.WANTS_HUMAN,
    Intent.CALL_LATER,
    Intent.NOT_INTERESTED,
    Intent.OBJECTION,
    Intent.YES,
    Intent.NO,
    Intent.ANSWER,
    Intent.WANTS_APPOINTMENT,
    Intent.QUESTION,
    Intent.REPEAT,
    Intent.WAIT,
    Intent.THANKS,
    Intent.GREETING,
    Intent.GOODBYE,
    Intent.UNCLEAR,
)
_CALL_VERBS: Final = Phrasebook.of("(call|ring|phone|try|catch|speak|talk|buzz|bell)")
_CHANGES: Final = Phrasebook.of(
    """
    (make|have|do|be|get|move|change|push|bring) (it|that) * (earlier|later|sooner|back|forward)
    (earlier|later|sooner|different|another|other) (time|day|date|slot|one)
    (anything|something|bit|be|little) (earlier|later|sooner|else)
    (change|move|swap|reschedule) (it|that|the)
    (instead|unless|only if)
    """
)
# Beside one of these a bare word is no name.
_NO_NAME: Final = frozenset(Intent) - {Intent.GREETING, Intent.THANKS, Intent.YES, Intent.ANSWER}


@dataclass(frozen=True, slots=True)
class _Turn:
    """The turn being read."""

    raw: str  # as from ``as_spoken``
    words: tuple[str, ...]
    text: str  # as from ``words.joined``
    script: Script
    asked: str
    question: Question | None
    offers: tuple[datetime, ...]
    now: datetime

    def asks(self, kind: QuestionKind) -> bool:
        """Whether a question of that kind was asked."""
        return self.question is not None and self.question.kind is kind


def read(
    text: str, *, script: Script, asked: str, offers: Sequence[datetime], now: datetime
) -> Reading:
    """Read one caller turn.

    ``asked``: what the caller answers, a ``Topic`` or the id of a question, empty for nothing.
    ``offers``: the times last offered; ``now``: both aware, on the script's wall clock.
    """
    said = as_spoken(text)
    words = words_of(said)
    local = tuple(offer.astimezone(now.tzinfo) for offer in offers)
    turn = _Turn(said, words, joined(words), script, asked, script.question(asked), local, now)
    intents = set(read_intents(words))
    when = _when(turn, intents)
    reading = Reading(
        text=text,
        intents=(),
        when=when,
        number=_number(turn),
        postcode=_postcode(turn),
        choice=_choice(turn, intents),
        asks_why=asks_why(turn.text),
    )
    reading = _with_wordings(reading, turn, intents)
    reading = _with_yes_no(reading, turn, intents)
    _tidy(reading, turn, intents)
    reading = replace(reading, name=_name(turn, intents))
    if _answers(reading, turn, intents):
        intents.add(Intent.ANSWER)
    ordered = tuple(intent for intent in WEIGHT if intent in intents)
    return replace(reading, intents=ordered or (Intent.UNCLEAR,))


def _when(turn: _Turn, intents: set[Intent]) -> WhenSaid | None:
    asks_time = turn.asked in TIME_TOPICS
    calls = Intent.CALL_LATER in intents and _CALL_VERBS.found_in(turn.text)
    offers = turn.offers if asks_time and not calls else ()
    bare = asks_time or calls
    when = read_when(turn.words, now=turn.now, offers=offers, bare=bare)
    if turn.question is not None and turn.question.kind in _TIMELESS:
        return when if calls else None
    if when is None or asks_time or calls or turn.question is None:
        return when
    # Beside another question, only a day or an exact hour is worth keeping.
    return when if when.day or when.at or when.relative_to_now else None


def _number(turn: _Turn) -> int | None:
    if turn.question is not None and turn.question.kind is QuestionKind.NUMBER:
        return quantity(turn.words, turn.question.nouns)
    for question in turn.script.questions:
        if question.nouns:
            found = quantity(turn.words, question.nouns, asked=False)
            if found is not None:
                return found
    return None


def _postcode(turn: _Turn) -> str | None:
    if turn.question is not None and turn.question.kind is QuestionKind.POSTCODE:
        return read_postcode(turn.raw, turn.words, turn.question.areas, asked=True)
    areas = [area for question in turn.script.questions for area in question.areas]
    return read_postcode(turn.raw, turn.words, areas, asked=False) if areas else None


def _choice(turn: _Turn, intents: set[Intent]) -> str | None:
    """The option of the question asked; of another one only when nothing else was meant."""
    if turn.asks(QuestionKind.CHOICE):
        assert turn.question is not None
        return chosen(turn.question.options, turn.text)
    if turn.question is None or intents - {Intent.GREETING, Intent.THANKS}:
        return None
    if asks_something(turn.words):
        return None
    for question in turn.script.questions:
        if question.kind is QuestionKind.CHOICE and turn.text.count(" ") > 2:
            found = meant(question.options, turn.text)
            if found is not None:
                return found.id
    return None


def _with_wordings(reading: Reading, turn: _Turn, intents: set[Intent]) -> Reading:
    """Facts asked about and objections raised; of two read from the same words the longer."""
    fact = meant(turn.script.facts, turn.text)
    objection = meant(turn.script.objections, turn.text)
    if turn.asks(QuestionKind.CHOICE) and reading.choice is not None:
        objection = None
    fact, objection = _longer(fact, objection)
    if fact is not None and Intent.WANTS_APPOINTMENT not in intents:
        intents.add(Intent.QUESTION)
    else:
        fact = None
    if objection is not None:
        intents.add(Intent.OBJECTION)
    ids = [found.id if found else None for found in (fact, objection)]
    return replace(reading, fact=ids[0], objection=ids[1])


def _longer(fact: Meant | None, objection: Meant | None) -> tuple[Meant | None, Meant | None]:
    if fact is None or objection is None or not overlap(fact, objection):
        return fact, objection
    if fact.match.length > objection.match.length:
        return fact, None
    return None, objection


def _with_yes_no(reading: Reading, turn: _Turn, intents: set[Intent]) -> Reading:
    answer = read_yes_no(turn.words)
    if turn.asks(QuestionKind.YES_NO):
        assert turn.question is not None
        worded = chosen(turn.question.options, turn.text)
        answer = Answer(worded) if worded else answer
    if reading.when is not None and _only_rules_out(reading.when) and answer is not Answer.MIXED:
        answer = Answer.NO
    if answer is Answer.MIXED and turn.asked == Topic.MORE:
        answer = Answer.NO  # "no, that's great": there is nothing to agree to
    if answer is Answer.YES and turn.asked in _READ_BACKS and _has_a_but(reading, turn):
        answer = Answer.MIXED
    if answer is Answer.YES:
        intents.add(Intent.YES)
    elif answer is Answer.NO:
        intents.add(Intent.NO)
    return replace(reading, yes_no_mixed=answer is Answer.MIXED)


def _has_a_but(reading: Reading, turn: _Turn) -> bool:
    """A yes with a condition or a change is no agreement to what was read back."""
    but = " but " in turn.text and reading.fact is None
    return but or _CHANGES.found_in(turn.text)


def _only_rules_out(when: WhenSaid) -> bool:
    return when == WhenSaid(not_day=when.not_day)


def _tidy(reading: Reading, turn: _Turn, intents: set[Intent]) -> None:
    """Drop what the rest of the turn shows to be meant otherwise."""
    said_value = reading.when is not None or reading.choice is not None
    said_value = said_value or reading.number is not None or reading.postcode is not None
    if said_value:
        intents -= {Intent.REPEAT, Intent.WAIT}
    if intents & {Intent.YES, Intent.CALL_LATER, Intent.OBJECTION} or reading.fact:
        intents.discard(Intent.WAIT)
    if Intent.WAIT in intents or Intent.REPEAT in intents:
        intents.discard(Intent.NO)
    if turn.asked not in _WHO_TOPICS and not SURELY_WRONG_PERSON.found_in(turn.text):
        intents.discard(Intent.WRONG_PERSON)
    _tidy_later(reading, turn, intents)
    if turn.asked == Topic.MORE and Intent.NOT_INTERESTED in intents:
        intents.discard(Intent.NOT_INTERESTED)
        intents.add(Intent.NO)
    meant_otherwise = {
        Intent.OPT_OUT, Intent.ASKS_IF_ROBOT, Intent.WANTS_HUMAN, Intent.CALL_LATER,
        Intent.REPEAT, Intent.WAIT, Intent.WANTS_APPOINTMENT, Intent.WRONG_PERSON,
        Intent.OBJECTION,
    }  # fmt: skip
    asks = asks_something(turn.words, naming=turn.asks(QuestionKind.NAME))
    if reading.asks_why or (asks and not said_value and not intents & meant_otherwise):
        intents.add(Intent.QUESTION)


def _tidy_later(reading: Reading, turn: _Turn, intents: set[Intent]) -> None:
    """ "I'm busy on Tuesday" speaks of the appointment, not of this call."""
    if Intent.CALL_LATER not in intents or reading.when is None:
        return
    calls = _CALL_VERBS.found_in(turn.text)
    if turn.asked in _CALLBACK_TOPICS or (turn.asked in TIME_TOPICS and not calls):
        intents.discard(Intent.CALL_LATER)


def _name(turn: _Turn, intents: set[Intent]) -> str | None:
    if turn.asks(QuestionKind.NAME):
        return read_name(turn.raw, asked=not intents & _NO_NAME)
    if turn.asked == Topic.RIGHT_PERSON:
        name = read_name(turn.raw, asked=not intents & (_NO_NAME - {Intent.NO}))
        if "who" in turn.words:
            return None
        if name is None or set(name.lower().split()) & KNOWN_NAMES:
            return name
    return read_name(turn.raw, asked=False)


def _answers(reading: Reading, turn: _Turn, intents: set[Intent]) -> bool:
    """Whether the turn holds a value of the kind that was asked for."""
    if turn.asked in TIME_TOPICS:
        return reading.when is not None and not _only_rules_out(reading.when)
    question = turn.question
    if question is None:
        return False
    match question.kind:
        case QuestionKind.CHOICE:
            return reading.choice is not None
        case QuestionKind.NUMBER:
            return reading.number is not None and _within(question, reading.number)
        case QuestionKind.NAME:
            return reading.name is not None
        case QuestionKind.POSTCODE:
            return reading.postcode is not None
        case QuestionKind.OPEN:
            return bool(turn.words) and not intents - {Intent.GREETING, Intent.YES, Intent.NO}
        case _:
            return False


def _within(question: Question, number: int) -> bool:
    low, high = question.minimum, question.maximum
    return (low is None or low <= number) and (high is None or number <= high)
