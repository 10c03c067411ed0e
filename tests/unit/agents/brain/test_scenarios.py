"""Whole conversations: what callers say, what they hear, and what the call comes to."""

from __future__ import annotations

import pytest

from core.call import Outcome
from core.effects import EffectTool
from graph.chat import Chat
from tests.unit.conversations import House

ASK_OWNER = "Do you own the property?"
ASK_BEDROOMS = "How many bedrooms"
ASK_MOVING = "When are you thinking of moving?"
OFFERS = "Which would suit you?"
READ_BACK = "Shall I book it?"
BOOKED = "That is booked for"
MORE = "Is there anything else"
GOODBYE = "Goodbye."

QUALIFIED = (
    ("yes", ASK_OWNER),
    ("yes i do", ASK_BEDROOMS),
    ("three", ASK_MOVING),
    ("this year", OFFERS),
)

# What the caller says and what the answer holds, turn by turn.
Play = tuple[tuple[str, str], ...]

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


OTHERS: dict[str, tuple[Outcome, Play]] = {
    "not interested at once": (
        Outcome.NOT_INTERESTED,
        (("yes", ASK_OWNER), ("i'm not interested", "thank you for your time")),
    ),
    "not interested after the offer": (
        Outcome.NOT_INTERESTED,
        (*QUALIFIED, ("no i'm not interested", "I have not booked anything")),
    ),
    "the same objection twice": (
        Outcome.NOT_INTERESTED,
        (
            ("yes", ASK_OWNER),
            ("i'm not selling", "That is fine"),
            ("i told you i'm not selling", "thank you for your time"),
        ),
    ),
    "no to everything": (
        Outcome.NOT_INTERESTED,
        (
            *QUALIFIED,
            ("no", "Which day and time would suit you?"),
            ("no", "I have not booked anything"),
        ),
    ),
    "stop calling me": (
        Outcome.OPTED_OUT,
        (("stop calling me", "taken you off our list"),),
    ),
    "off the list in the middle": (
        Outcome.OPTED_OUT,
        (*QUALIFIED, ("please take me off your list", "we will not call you again")),
    ),
    "off the list instead of yes": (
        Outcome.OPTED_OUT,
        (*QUALIFIED, ("the first one", READ_BACK), ("don't call me again", "off our list")),
    ),
    "nobody answers": (
        Outcome.NO_RESPONSE,
        (("", "Are you still there?"), ("", "can you hear me"), ("", "I will end the call")),
    ),
    "call me later, asked when": (
        Outcome.CALLBACK,
        (
            ("yes", ASK_OWNER),
            ("can you call me later", "When would be a good time"),
            ("tomorrow at three", "tomorrow at three"),
            ("yes please", "we will call you tomorrow"),
        ),
    ),
    "call me later, with a time": (
        Outcome.CALLBACK,
        (
            ("call me back tomorrow at ten", "tomorrow at ten"),
            ("yes", "we will call you tomorrow"),
        ),
    ),
    "call me later, no time": (
        Outcome.CALLBACK,
        (
            ("i'm driving", "When would be a good time"),
            ("i don't know", "which day and time"),
            ("i don't know", "another time"),
        ),
    ),
    "call me later, on a closed day": (
        Outcome.CALLBACK,
        (
            ("call me later", "When would be a good time"),
            ("sunday at ten", "We cannot call at that time"),
            ("monday at ten", "Monday"),
            ("yes", "we will call you"),
        ),
    ),
    "another person": (
        Outcome.COMPLETED,
        (("no she's not here", "sorry to have troubled you"),),
    ),
    "wrong number": (
        Outcome.COMPLETED,
        (("you have the wrong number", "sorry to have troubled you"),),
    ),
    "not the owner": (
        Outcome.COMPLETED,
        (("yes", ASK_OWNER), ("no i'm renting", "only the owner")),
    ),
    "a human, please": (
        Outcome.CALLBACK,
        (("yes", ASK_OWNER), ("can i speak to a human", "ask a colleague to call you back")),
    ),
    "never understood": (
        Outcome.COMPLETED,
        (
            ("yes", ASK_OWNER),
            ("purple monkey", "yes or no"),
            ("purple monkey", "yes or no"),
            ("purple monkey", "A colleague will be happy to help"),
        ),
    ),
    "goodbye": (Outcome.COMPLETED, (("yes", ASK_OWNER), ("goodbye", GOODBYE))),
}


@pytest.mark.parametrize("name", OTHERS)
async def test_calls_that_end_otherwise(name: str) -> None:
    outcome, lines = OTHERS[name]
    house, chat = await play(lines)
    assert chat.ended
    assert chat.conversation.thread.outcome is outcome
    assert house.book.effects(EffectTool.BOOK_APPOINTMENT) == []
    assert len(house.book.effects(EffectTool.OPT_OUT)) == (outcome is Outcome.OPTED_OUT)
    assert len(house.book.effects(EffectTool.REQUEST_CALLBACK)) == (outcome is Outcome.CALLBACK)


async def play(lines: Play) -> tuple[House, Chat]:
    """Play an outbound call to its end, checking every answer."""
    house = House()
    chat = await house.chat()
    await chat.begin()
    for said, answer in lines:
        assert not chat.ended, f"the call ended before {said!r}"
        reply = (await chat.say(said)).reply
        assert answer in reply, f"{said!r} was answered {reply!r}"
    return house, chat
