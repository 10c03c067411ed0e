"""Whole conversations that end in a booking."""

from __future__ import annotations

import pytest

from core.call import Outcome
from core.effects import EffectTool
from tests.unit.agents.brain.plays import (
    ASK_BEDROOMS,
    ASK_MOVING,
    ASK_OWNER,
    BOOKED,
    GOODBYE,
    OFFERS,
    QUALIFIED,
    READ_BACK,
    Play,
    play,
)

BOOKINGS: dict[str, Play] = {
    "the first offer": (
        *QUALIFIED,
        ("the first one please", READ_BACK),
        ("yes please", BOOKED),
        ("no thank you", GOODBYE),
    ),
    "the second offer": (*QUALIFIED, ("the second one", READ_BACK), ("yes", BOOKED)),
    "full sentences": (
        ("yes speaking", ASK_OWNER),
        ("yes that's right", ASK_BEDROOMS),
        ("it has four bedrooms", ASK_MOVING),
        ("within three months", OFFERS),
        ("the first one would be great", READ_BACK),
        ("yes go ahead", BOOKED),
        ("no that's all", GOODBYE),
    ),
    "a wish of their own": (
        *QUALIFIED,
        ("can we do thursday at two", "Thursday"),
        ("yes", BOOKED),
    ),
    "a day, then one of its times": (
        *QUALIFIED,
        ("do you have anything on friday", OFFERS),
        ("the first one", "Friday"),
        ("yes", BOOKED),
    ),
    "a closed day, then another": (
        *QUALIFIED,
        ("sunday at ten", "we do not visit at that time"),
        ("the second one", READ_BACK),
        ("yes please", BOOKED),
    ),
    "too far away, then an offer": (
        *QUALIFIED,
        ("the tenth of march at ten", "within the next four weeks"),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "neither, then a wish": (
        *QUALIFIED,
        ("no neither", "Which day and time would suit you?"),
        ("wednesday at three", "Wednesday"),
        ("yes", BOOKED),
    ),
    "no to the read-back, then another": (
        *QUALIFIED,
        ("the first one", READ_BACK),
        ("no", "Which day and time would suit you?"),
        ("thursday at eleven", READ_BACK),
        ("yes", BOOKED),
    ),
    "another time instead of a yes": (
        *QUALIFIED,
        ("the first one", READ_BACK),
        ("actually make it thursday at eleven", "Thursday"),
        ("yes", BOOKED),
    ),
    "a question at the read-back": (
        *QUALIFIED,
        ("the first one", READ_BACK),
        ("how much does it cost", "completely free"),
        ("yes", BOOKED),
    ),
    "unclear at the read-back": (
        *QUALIFIED,
        ("the first one", READ_BACK),
        ("purple monkey dishwasher", "yes or no"),
        ("yes", BOOKED),
    ),
    "an objection on the way": (
        ("yes", ASK_OWNER),
        ("i already have an agent", "A second opinion"),
        ("yes", ASK_BEDROOMS),
        ("three", ASK_MOVING),
        ("just curious", OFFERS),
        ("your fees are too high", "The valuation is free"),
        ("the second one", READ_BACK),
        ("yes", BOOKED),
    ),
    "questions on the way": (
        ("who is this", "an automated assistant from Hartley and Moss"),
        ("yes", ASK_OWNER),
        ("how did you get my number", "You gave us your number"),
        ("yes", ASK_BEDROOMS),
        ("why do you need to know that", "The size helps us"),
        ("two", ASK_MOVING),
        ("this year", OFFERS),
        ("how long does it take", "half an hour"),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "silence on the way": (
        ("yes", ASK_OWNER),
        ("", "Are you still there?"),
        ("yes", ASK_OWNER),  # yes, I am still there
        ("yes", ASK_BEDROOMS),
        ("", "Are you still there?"),
        ("", ASK_BEDROOMS),
        ("three", ASK_MOVING),
        ("this year", OFFERS),
        ("the first one", READ_BACK),
        ("", "Are you still there?"),
        ("yes", READ_BACK),
        ("yes", BOOKED),
        ("", GOODBYE),
    ),
    "a robot is asked": (
        ("are you a robot", "Yes, I am an automated assistant"),
        ("yes", ASK_OWNER),
        ("yes", ASK_BEDROOMS),
        ("am i talking to a computer", "Yes, I am an automated assistant"),
        ("three", ASK_MOVING),
        ("this year", OFFERS),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "repeat and wait": (
        ("pardon", "an automated assistant"),
        ("yes", ASK_OWNER),
        ("can you repeat that", ASK_OWNER),
        ("yes", ASK_BEDROOMS),
        ("hang on a second", "take your time"),
        ("three", ASK_MOVING),
        ("this year", OFFERS),
        ("could you say that again", OFFERS),
        ("the first one", READ_BACK),
        ("say that again please", READ_BACK),
        ("yes", BOOKED),
    ),
    "not understood once": (
        ("yes", ASK_OWNER),
        ("purple monkey dishwasher", "own your home, yes or no"),
        ("yes", ASK_BEDROOMS),
        ("lots", "how many bedrooms"),
        ("three", ASK_MOVING),
        ("purple monkey dishwasher", "just curious"),
        ("purple monkey dishwasher", OFFERS),  # not required: the script goes on
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "a correction": (
        ("yes", ASK_OWNER),
        ("yes", ASK_BEDROOMS),
        ("two", ASK_MOVING),
        ("sorry actually three bedrooms", ASK_MOVING),
        ("this year", OFFERS),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "three answers in one breath": (
        ("yes", ASK_OWNER),
        ("yes and it has three bedrooms", ASK_MOVING),
        ("this year", OFFERS),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
    "a time named too early": (
        ("yes", ASK_OWNER),
        ("yes could you come on thursday at two", ASK_BEDROOMS),
        ("three", ASK_MOVING),
        ("this year", "Thursday at two"),
        ("yes", BOOKED),
    ),
    "only yes to two offers": (
        *QUALIFIED,
        ("yes", OFFERS),
        ("yes", READ_BACK),
        ("yes", BOOKED),
    ),
    "two answers in one breath": (
        ("yes", ASK_OWNER),
        ("yes and we want to move this year", ASK_BEDROOMS),
        ("three", OFFERS),
        ("the first one", READ_BACK),
        ("yes", BOOKED),
    ),
}


@pytest.mark.parametrize("name", BOOKINGS)
async def test_calls_that_end_in_a_booking(name: str) -> None:
    house, chat = await play(BOOKINGS[name])
    assert chat.conversation.thread.outcome is Outcome.BOOKED
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1
