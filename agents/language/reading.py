"""What was understood of one caller turn: the words between language and brain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class Intent(StrEnum):
    """What the caller is doing with this turn. A turn can do several things at once."""

    YES = "yes"
    NO = "no"
    ANSWER = "answer"  # gave a value for what was asked
    QUESTION = "question"  # asked something about the company or the offer
    OBJECTION = "objection"
    NOT_INTERESTED = "not_interested"
    OPT_OUT = "opt_out"  # never call me again
    CALL_LATER = "call_later"
    ASKS_IF_ROBOT = "asks_if_robot"
    WANTS_HUMAN = "wants_human"
    WRONG_PERSON = "wrong_person"
    REPEAT = "repeat"  # say that again
    WAIT = "wait"  # give me a moment
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WANTS_APPOINTMENT = "wants_appointment"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class WhenSaid:
    """A wish for a time, as far as it was said, on the script's wall clock.

    "tuesday at ten" gives day and at; "some time in the afternoon" gives the part of the day;
    "the second one" gives ``offer`` (1-based) into the times that were just offered, with that
    offer's day and time. "after three" and "next week" give bounds; "I can't do Tuesday" gives
    the day it rules out.
    """

    day: date | None = None
    at: time | None = None
    part: str | None = None  # "morning", "afternoon", "evening"
    offer: int | None = None
    relative_to_now: datetime | None = None  # "in half an hour", wall time
    earliest: time | None = None  # "after three"
    latest: time | None = None  # "before eleven": the appointment begins no later
    first_day: date | None = None  # "next week": from this day
    last_day: date | None = None  # to this day, included
    not_day: date | None = None  # "not on Tuesday"


@dataclass(frozen=True, slots=True)
class Reading:
    """One caller turn, read. ``intents`` in order of weight; never empty."""

    text: str
    intents: tuple[Intent, ...]
    when: WhenSaid | None = None
    name: str | None = None
    number: int | None = None
    postcode: str | None = None  # normalised "SW1A 1AA", or an outward code "BN3"
    choice: str | None = None  # the option id of a choice question
    fact: str | None = None  # id of the script fact that answers the question
    objection: str | None = None  # id of the script's objection
    asks_why: bool = False  # "why do you need to know that?"
    yes_no_mixed: bool = False  # said both yes and no; neither is among the intents

    def has(self, intent: Intent) -> bool:
        """Whether the caller did this."""
        return intent in self.intents
