"""Drafts that are thrown away, in whole or in part, change nothing about the call."""

from __future__ import annotations

from contextlib import aclosing

from hypothesis import given, settings
from hypothesis import strategies as st

from core.call import EndReason, Outcome
from core.speech import CallerTurn, TurnKind
from graph.conversation import GraphConversation
from tests.unit.conversations import CALL, House

LINES = ("yes", "yes", "three", "this year", "the second one", "yes", "no")
GUESSES = ("stop calling me", "yes", "i'm not interested", "call me tomorrow at ten", "goodbye")


@settings(max_examples=25)
@given(
    guesses=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(GUESSES), st.integers(0, 3)), max_size=6
    )
)
async def test_thrown_away_drafts_leave_no_trace(guesses: list[tuple[int, str, int]]) -> None:
    plain, tried = House(), House()
    expected = await plain.talk(*LINES)
    chat = await tried.chat()
    answers = [await chat.begin()]
    for at, line in enumerate(LINES):
        for place, guess, pieces in guesses:
            if place == at:
                await throw_away(tried, chat.conversation, guess, pieces)
        answers.append(await chat.say(line))
    assert [answer.reply for answer in answers] == [answer.reply for answer in expected]
    assert list(tried.book.done) == list(plain.book.done)
    assert tried.book.turns[CALL] == plain.book.turns[CALL]
    assert await chat.close(EndReason.AGENT_HUNG_UP) is Outcome.BOOKED


async def throw_away(house: House, conversation: GraphConversation, text: str, most: int) -> None:
    """Begin an answer to what was perhaps said, read some of it, and drop it."""
    number = conversation.next_turn
    turn = CallerTurn(number, TurnKind.SPEECH, text, 0.4, house.clock.now())
    draft = conversation.prepare(turn)
    async with aclosing(draft.pieces()) as pieces:
        read = 0
        async for _ in pieces:
            read += 1
            if read >= most:
                break
    await draft.drop()
