"""Whole conversations that end otherwise than in a booking."""

from __future__ import annotations

import pytest

from core.call import Outcome
from core.effects import EffectTool
from tests.unit.agents.brain.plays import (
    ASK_OWNER,
    GOODBYE,
    QUALIFIED,
    READ_BACK,
    Play,
    play,
)

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
