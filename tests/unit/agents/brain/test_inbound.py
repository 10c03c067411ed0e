"""Calls that people make to us: how can we help, the questions, the appointment."""

from __future__ import annotations

import pytest

from core.call import Direction, Outcome
from core.effects import EffectTool
from tests.unit.conversations import House

HELP = "How can I help you?"
NAME = "What is your name, please?"
POSTCODE = "first half of your postcode?"
BEDROOMS = "how many bedrooms"
OFFERS = "Which would suit you?"
READ_BACK = "Shall I book it?"
BOOKED = "That is booked for"
MORE = "Is there anything else"

CALLS: dict[str, tuple[Outcome, tuple[tuple[str, str], ...]]] = {
    "books": (
        Outcome.BOOKED,
        (
            ("i'd like to book a valuation", NAME),
            ("my name is john smith", "Thank you, John Smith."),
            ("b n three", BEDROOMS),
            ("two", OFFERS),
            ("the second one", READ_BACK),
            ("yes please", BOOKED),
            ("no that's all thank you", "Goodbye."),
        ),
    ),
    "names a time at once": (
        Outcome.BOOKED,
        (
            ("can i get a valuation on thursday at eleven", NAME),
            ("peter jones", POSTCODE),
            ("b n one", BEDROOMS),
            ("four bedrooms", "Thursday at eleven"),
            ("yes", BOOKED),
        ),
    ),
    "only asks": (
        Outcome.COMPLETED,
        (
            ("what are your opening hours", MORE),
            ("how much does it cost", MORE),
            ("no that's all", "Goodbye."),
        ),
    ),
    "asks, then books": (
        Outcome.BOOKED,
        (
            ("how much does it cost", MORE),
            ("i'd like to book a valuation", NAME),
            ("sarah brown", POSTCODE),
            ("b n two", BEDROOMS),
            ("three", OFFERS),
            ("the first one", READ_BACK),
            ("yes", BOOKED),
        ),
    ),
    "lives elsewhere": (
        Outcome.COMPLETED,
        (
            ("i'd like to book a valuation", NAME),
            ("john smith", POSTCODE),
            ("s w one", "we do not cover that area"),
        ),
    ),
    "says hello first": (
        Outcome.BOOKED,
        (
            ("hello", HELP),
            ("i want to sell my house", NAME),
            ("john smith", POSTCODE),
            ("b n three", BEDROOMS),
            ("three", OFFERS),
            ("the first one", READ_BACK),
            ("yes", BOOKED),
        ),
    ),
    "wants a person": (
        Outcome.CALLBACK,
        (("can i speak to a person", "ask a colleague to call you back"),),
    ),
    "says nothing": (
        Outcome.NO_RESPONSE,
        (("", "Are you still there?"), ("", HELP), ("", "I will end the call")),
    ),
    "wants no more calls": (
        Outcome.OPTED_OUT,
        (("take me off your list", "we will not call you again"),),
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_what_callers_come_for(name: str) -> None:
    outcome, lines = CALLS[name]
    house = House()
    chat = await house.chat(Direction.INBOUND)
    opening = await chat.begin()
    assert opening.reply.endswith(HELP)
    for said, answer in lines:
        assert not chat.ended, f"the call ended before {said!r}"
        reply = (await chat.say(said)).reply
        assert answer in reply, f"{said!r} was answered {reply!r}"
    assert chat.conversation.thread.outcome is outcome
    booked = house.book.effects(EffectTool.BOOK_APPOINTMENT)
    assert len(booked) == (outcome is Outcome.BOOKED)


async def test_the_name_given_is_the_name_booked() -> None:
    house = House()
    said = (
        "a valuation please",
        "my name is john smith",
        "b n three",
        "two",
        "the first one",
        "yes",
    )
    await house.talk(*said, side=Direction.INBOUND)
    assert house.book.effects(EffectTool.BOOK_APPOINTMENT)[0].arguments["name"] == "John Smith"


async def test_a_question_that_is_never_answered_is_given_up() -> None:
    answers = await House().talk(
        "i'd like a valuation",
        "my name is anna taylor",
        *["yeah no please"] * 9,
        side=Direction.INBOUND,
    )
    assert answers[-1].ended
    assert len(answers) <= 7
