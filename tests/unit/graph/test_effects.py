"""Effects: announced after the commit, told honestly when the world refuses them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from agents.thread import Topic
from core.call import Outcome
from core.effects import EffectTool
from core.errors import ProviderError
from core.speech import CallerTurn, TurnKind
from tests.unit.conversations import CALL, MONDAY, House, card
from tests.unit.graph.scripted_model import ScriptedModel, call

TO_THE_READ_BACK = ("yes", "yes", "three", "this year", "the first one")


async def test_a_slot_taken_at_the_last_moment_is_told_and_others_are_offered() -> None:
    house = House()
    chat = await house.chat()
    await chat.begin()
    for line in TO_THE_READ_BACK:
        await chat.say(line)
    draft = chat.conversation.prepare(
        CallerTurn(chat.conversation.next_turn, TurnKind.SPEECH, "yes", 1.0, MONDAY)
    )
    assert [piece async for piece in draft.pieces()] == []
    proposal = chat.conversation.thread.proposal
    assert proposal is not None
    house.calendar.book(proposal.starts_at, proposal.starts_at + timedelta(minutes=30))
    committed = await draft.commit(None)
    said = " ".join(piece.text for piece in committed.voice_now)
    assert said.startswith("I am sorry, that time has just been taken.")
    assert "booked" not in said
    assert committed.result.outcome is None
    assert committed.result.effects == ()
    assert committed.result.reply == said
    assert house.book.effects(EffectTool.BOOK_APPOINTMENT) == []
    thread = chat.conversation.thread
    assert thread.asked == Topic.TIME
    assert thread.proposal is None
    assert proposal.starts_at not in thread.offers
    assert len(thread.offers) == 2
    await chat.say("the second one")
    assert (await chat.say("yes")).outcome is Outcome.BOOKED
    booked = house.book.effects(EffectTool.BOOK_APPOINTMENT)[0]
    assert booked.arguments["starts_at"] == thread.offers[1].isoformat()


async def test_an_opt_out_is_done_and_told_when_the_slot_of_its_turn_is_taken() -> None:
    house = House()
    chat = await house.chat()
    await chat.begin()
    for line in TO_THE_READ_BACK:
        await chat.say(line)
    proposal = chat.conversation.thread.proposal
    assert proposal is not None
    booked = call("book_appointment", starts_at=proposal.starts_at.isoformat())
    left = call("opt_out", wording="yes, and never ring me again")
    house.model = ScriptedModel([[booked, left, "That is booked."]])
    conversation = await house.another().open(card())
    draft = conversation.prepare(
        CallerTurn(conversation.next_turn, TurnKind.SPEECH, "yes", 1.0, MONDAY)
    )
    assert [piece async for piece in draft.pieces()] == []
    house.calendar.book(proposal.starts_at, proposal.starts_at + timedelta(minutes=30))
    committed = await draft.commit(None)
    said = " ".join(piece.text for piece in committed.voice_now)
    assert "taken you off our list" in said
    assert "booked" not in said
    assert committed.result.ends_call
    assert committed.result.outcome is Outcome.OPTED_OUT
    assert [effect.tool for effect in committed.result.effects] == [EffectTool.OPT_OUT]
    assert [effect.tool for effect in house.book.done.values()] == [EffectTool.OPT_OUT]


async def test_a_booking_holds_what_was_agreed() -> None:
    house = House()
    answers = await house.talk(*TO_THE_READ_BACK, "yes")
    effect = house.book.effects(EffectTool.BOOK_APPOINTMENT)[0]
    offers = answers[4].reply
    assert "Which would suit you?" in offers
    assert effect.arguments["minutes"] == 30
    assert effect.arguments["name"] == "Emma Carter"
    assert effect.arguments["value_micros"] == 150_000_000
    starts_at = datetime.fromisoformat(cast("str", effect.arguments["starts_at"]))
    assert starts_at.tzinfo is not None
    assert effect.key.startswith(f"{CALL}:7:book_appointment:")


@pytest.mark.parametrize("fault", [ProviderError("diary", "gone", retryable=True), TimeoutError()])
async def test_without_a_diary_nothing_is_offered(fault: Exception) -> None:
    house = House()
    house.calendar.fault = fault
    answers = await house.talk("yes", "yes", "three", "this year")
    assert answers[-1].ended
    assert answers[-1].outcome is Outcome.CALLBACK
    assert "A colleague will ring you" in answers[-1].reply
