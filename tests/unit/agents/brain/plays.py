"""Outbound calls as text: what the caller says and what the answer holds, turn by turn."""

from __future__ import annotations

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
