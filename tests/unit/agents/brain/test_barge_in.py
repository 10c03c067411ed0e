"""Interruptions: what was not heard was not said, not asked and not agreed to."""

from __future__ import annotations

import pytest

from core.call import Outcome
from core.effects import EffectTool
from graph.chat import Answer, Chat
from tests.unit.conversations import House

TO_THE_OFFER = ("yes", "yes", "three", "this year")


async def reached(*lines: str) -> tuple[House, Chat, Answer]:
    """A call after those lines, and its last answer."""
    house = House()
    chat = await house.chat()
    answer = await chat.begin()
    for line in lines:
        answer = await chat.say(line)
    return house, chat, answer


async def test_a_yes_to_a_time_that_was_not_heard_books_nothing() -> None:
    house, chat, read_back = await reached(*TO_THE_OFFER, "the first one")
    assert read_back.reply.startswith("So that is ")
    await chat.cut("So that is")
    answer = await chat.say("yes")
    assert answer.reply == read_back.reply
    assert house.book.effects(EffectTool.BOOK_APPOINTMENT) == []
    assert (await chat.say("yes")).outcome is Outcome.BOOKED


async def test_a_yes_over_the_last_words_of_the_read_back_counts() -> None:
    _, chat, read_back = await reached(*TO_THE_OFFER, "the first one")
    await chat.cut(read_back.reply.removesuffix(" book it?"))
    assert (await chat.say("yes")).outcome is Outcome.BOOKED


async def test_a_question_that_was_not_heard_is_asked_again() -> None:
    house, chat, asked = await reached("yes", "yes")
    assert asked.reply.startswith("How many bedrooms")
    house, chat, asked = await reached("yes")
    assert asked.reply.endswith("Do you own the property?")
    await chat.cut("Thank you.")
    answer = await chat.say("no")
    assert "Do you own the property?" in answer.reply
    assert not answer.ended
    assert house.book.done == {}


async def test_who_calls_is_said_until_it_was_heard() -> None:
    _, chat, _ = await reached()
    await chat.cut("Hello, this is Sophie, an auto")
    answer = await chat.say("hello")
    assert "an automated assistant from Hartley and Moss Estate Agents" in answer.reply
    await chat.cut("Hello, this")
    answer = await chat.say("who is this")
    assert "an automated assistant from Hartley and Moss Estate Agents" in answer.reply
    answer = await chat.say("yes")
    assert "automated assistant" not in answer.reply


async def test_a_question_in_the_middle_of_an_offer() -> None:
    _, chat, offer = await reached(*TO_THE_OFFER)
    await chat.cut(offer.reply[:60])
    answer = await chat.say("how much does it cost")
    assert "completely free" in answer.reply
    assert "Which would suit you?" in answer.reply


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
async def test_an_opt_out_counts_wherever_it_interrupts(share: float) -> None:
    house, chat, offer = await reached(*TO_THE_OFFER)
    await chat.cut(offer.reply[: int(len(offer.reply) * share)])
    assert (await chat.say("stop calling me")).outcome is Outcome.OPTED_OUT
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


async def test_an_interrupted_farewell_does_not_undo_the_booking() -> None:
    _, chat, _ = await reached(*TO_THE_OFFER, "the first one", "yes")
    farewell = await chat.say("no")
    assert farewell.ended
    await chat.cut(farewell.reply[:10])
    answer = await chat.say("how long does it take")
    assert "half an hour" in answer.reply
    assert answer.ended
    assert answer.outcome is Outcome.BOOKED


async def test_a_robot_is_a_robot_after_the_goodbye_too() -> None:
    _, chat, _ = await reached("yes")
    await chat.say("i'm not interested")
    answer = await chat.say("are you a robot")
    assert "Yes, I am an automated assistant" in answer.reply
    assert answer.ended
    assert answer.outcome is Outcome.NOT_INTERESTED


async def test_who_changes_their_mind_after_the_goodbye_may_go_on() -> None:
    _, chat, _ = await reached("yes")
    await chat.say("i'm not interested")
    answer = await chat.say("actually i'd like to book a valuation")
    assert "Do you own the property?" in answer.reply
    assert not answer.ended
