"""A call script as a value: the brand, the questions, the answers, the booking rules, every line.

A script is written as YAML (``agents/scripts/``), read and checked by ``agents.script_loader``.
Lines may hold variables in braces ("{lead_name}"); ``agents.script_lines`` fills them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from agents.script_opening import Line, OpeningEntry
from core.call import Direction

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Pattern = Annotated[str, StringConstraints(min_length=2, max_length=200)]
Phrase = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z' ]{0,119}$")]
Outward = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$")]
ClockTime = Annotated[time, Field(description="wall time, HH:MM")]


class QuestionKind(StrEnum):
    """What kind of answer a question takes."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    NAME = "name"
    POSTCODE = "postcode"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Brand:
    """Who is calling, as the caller is told. ``name`` is spoken as written."""

    name: Line
    agent_name: Line
    address: Line
    freephone: Line  # digits as they are read out, in groups
    region: Line  # where it trades


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder that the card of a call fills; ``default`` is spoken when it does not."""

    id: Key
    default: Line


@dataclass(frozen=True, slots=True)
class RightPerson:
    """The check of an outbound call that the person asked for is on the line."""

    ask: Line
    retry: Line
    wrong: Line  # said to anyone else, before hanging up


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice question. ``label`` is how we say it, ``patterns`` how they do."""

    id: Key
    label: Line
    patterns: tuple[Pattern, ...] = ()
    says: tuple[Phrase, ...] = ()  # whole likely utterances, each matched by a pattern


@dataclass(frozen=True, slots=True)
class Condition:
    """True when question ``question`` was answered with one of ``values``.

    Values as in the slots: "yes", "no", an option's id, a number in digits, an outward code.
    """

    question: Key
    values: Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Ending:
    """Answers after which there is nothing to offer, and what is said then."""

    values: Annotated[tuple[str, ...], Field(min_length=1)]
    line: Line


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to find out. Asked in the order of the script, ``retry`` the second time."""

    id: Key
    kind: QuestionKind
    text: Line
    retry: Line
    why: Line | None = None  # answers "why do you need to know that?"
    required: bool = True  # False: after one retry the script goes on without it
    options: tuple[Option, ...] = ()  # choice; yes_no: wordings beyond yes and no
    minimum: int | None = None  # number
    maximum: int | None = None  # number
    nouns: tuple[Phrase, ...] = ()  # number: what is counted ("bedrooms", "beds")
    areas: tuple[Outward, ...] = ()  # postcode: the outward codes we serve
    outside: Line | None = None  # postcode: said when they live elsewhere, before goodbye
    skip_if: tuple[Condition, ...] = ()  # any of these
    ends_if: Ending | None = None

    def option(self, key: str) -> Option | None:
        """The option of that id."""
        return next((option for option in self.options if option.id == key), None)


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason not to, and the honest answer to it.

    ``answer`` is given the first time, ``again`` (or the not-interested line) after that;
    after ``limit`` answers in a call the agent gives up.
    """

    id: Key
    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    says: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    answer: Line
    again: Line | None = None
    limit: Annotated[int, Field(ge=1, le=3)] = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """A question about the company, and its answer."""

    id: Key
    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    says: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    answer: Line


@dataclass(frozen=True, slots=True)
class OpenHours:
    """One day's opening, wall clock of the script's zone; ``closes`` is exclusive."""

    opens: time
    closes: time


def _hours(value: object) -> object:
    """Read "09:00-17:30" or "closed"."""
    if not isinstance(value, str):
        return value
    if value.strip() == "closed":
        return None
    opens, dash, closes = value.partition("-")
    if not dash:
        raise ValueError('write opening hours as "09:00-17:30" or "closed"')
    try:
        span = OpenHours(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    except ValueError:
        raise ValueError('write opening hours as "09:00-17:30" or "closed"') from None
    if span.opens >= span.closes:
        raise ValueError("opening hours end before they begin")
    return span


DayHours = Annotated[OpenHours | None, BeforeValidator(_hours)]


@dataclass(frozen=True, slots=True)
class Week:
    """Opening hours by weekday; None is closed."""

    monday: DayHours = None
    tuesday: DayHours = None
    wednesday: DayHours = None
    thursday: DayHours = None
    friday: DayHours = None
    saturday: DayHours = None
    sunday: DayHours = None

    def on(self, day: date) -> OpenHours | None:
        """The hours of that date, None when closed."""
        week = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return week[day.weekday()]


@dataclass(frozen=True, slots=True)
class Booking:
    """The rules of an appointment and the lines around it.

    Lines may use {first}, {second} (offered times) and {time} (the chosen time), as said.
    """

    minutes: Annotated[int, Field(ge=5, le=480)]
    hours: Week
    lead_minutes: Annotated[int, Field(ge=0)]  # the soonest, from now
    horizon_days: Annotated[int, Field(ge=1, le=120)]
    step_minutes: Annotated[int, Field(ge=5, le=240)]
    buffer_minutes: Annotated[int, Field(ge=0, le=240)]  # kept free around appointments
    value_gbp: Annotated[int, Field(ge=0)]  # what an appointment is worth, an estimate
    offers: Annotated[int, Field(ge=1, le=2)]
    propose: Line  # bridges from the questions to the offer
    offer_two: Line
    offer_one: Line
    ask_when: Line
    not_free: Line  # the wished time is taken; an offer follows
    closed: Line  # the wished time is outside opening hours; an offer follows
    too_far: Line  # beyond the horizon or in the past; an offer follows
    none_free: Line  # nothing within the horizon
    confirm: Line
    confirm_retry: Line
    booked: Line
    refused: Line  # the slot went at the last moment; an offer follows
    declined: Line  # they do not want an appointment after all


@dataclass(frozen=True, slots=True)
class Callback:
    """When and how we promise to call back. Lines may use {time}."""

    hours: Week
    horizon_days: Annotated[int, Field(ge=1, le=60)]
    default_minutes: Annotated[int, Field(ge=5)]  # "later", with no time said: this long from now
    ask: Line
    retry: Line
    closed: Line  # outside calling hours, asks again
    confirm: Line
    done: Line
    done_open: Line  # no time was given


@dataclass(frozen=True, slots=True)
class Lines:
    """Everything else that is said."""

    not_interested: Line
    opt_out: Line
    robot: Line
    human: Line
    wait: Line
    thanks: Line
    unknown_question: Line
    anything_else: Line
    clarify: Annotated[tuple[Line, ...], Field(min_length=1)]
    give_up: Line  # not understood too often
    repeat: Line  # prefix of what is said again
    silence: Annotated[tuple[Line, ...], Field(min_length=1)]
    no_response: Line
    farewell: Line


@dataclass(frozen=True, slots=True)
class Script:
    """One side of the conversation, whole. Immutable; safe to share between calls."""

    __pydantic_config__ = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Key
    direction: Direction
    purpose: Line
    timezone: str
    brand: Brand
    opening: Annotated[tuple[OpeningEntry, ...], Field(min_length=1)]
    introduction: Line
    questions: tuple[Question, ...]
    objections: tuple[Objection, ...]
    facts: tuple[Fact, ...]
    booking: Booking
    callback: Callback
    lines: Lines
    variables: tuple[Variable, ...] = ()
    right_person: RightPerson | None = None
    names: tuple[Phrase, ...] = ()  # names that hearing should know, beyond the common ones

    def __hash__(self) -> int:
        return hash(self.name)  # all of it would take longer than what is kept by it

    def question(self, key: str) -> Question | None:
        """The question of that id."""
        return next((question for question in self.questions if question.id == key), None)

    def objection(self, key: str) -> Objection | None:
        """The objection of that id."""
        return next((objection for objection in self.objections if objection.id == key), None)

    def fact(self, key: str) -> Fact | None:
        """The fact of that id."""
        return next((fact for fact in self.facts if fact.id == key), None)
