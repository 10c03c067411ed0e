"""Answers that are begun and thrown away: no trace but their cost, and nothing left running."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from structlog.testing import capture_logs

from agents.lineup import Rung
from agents.providers.langchain_chat import LangchainChat
from core.breaker import Breaker
from core.call import EndReason
from core.errors import ProviderError
from core.speech import CallerTurn, Heard, TurnKind
from core.usage import Unit, Usage
from graph.conversation import GraphConversation
from graph.draft import GraphDraft
from tests.fakes.streaming_model import StreamingModel
from tests.unit.conversations import CALL, MONDAY, House, card

SAID = ("yes", "stop calling me", "call me tomorrow at ten", "the first one", "goodbye", "what")
WORDS = "It is free of charge. Nobody has to sell anything. "


@dataclass
class Slow:
    """Streams words for ever, or to an end with the vendor's figures; counts what is open."""

    whole: bool = False
    live: int = 0

    async def answers(self) -> AsyncIterator[AIMessageChunk]:
        self.live += 1
        try:
            yield AIMessageChunk(content=WORDS)
            if not self.whole:
                await asyncio.Event().wait()
            told = UsageMetadata(input_tokens=900, output_tokens=12, total_tokens=912)
            yield AIMessageChunk(content="", usage_metadata=told)
        finally:
            self.live -= 1


@dataclass
class Paid:
    """A call whose opening was heard, on a model that is paid for."""

    model: Slow
    house: House = field(init=False)

    async def conversation(self) -> GraphConversation:
        chat = LangchainChat(StreamingModel(answers=self.model.answers), "slow/1", sku="slow/1")
        self.house = House(rungs=(Rung(chat, Breaker("slow/1"), first_s=5, stall_s=5),))
        opened = await self.house.house.open(card())
        opened.state = {"turn": 1, "heard_lines": [0, 1, 2], "messages": []}
        return opened


def turn(conversation: GraphConversation, text: str = "what is it about") -> CallerTurn:
    return CallerTurn(conversation.next_turn, TurnKind.SPEECH, text, 1.0, MONDAY)


async def read(draft: GraphDraft, count: int) -> None:
    """Read ``count`` pieces in a task, then cancel it: as when the caller goes on."""
    came = asyncio.Event()

    async def listen() -> None:
        left = count
        async with aclosing(cast("Any", draft.pieces())) as pieces:
            async for _ in pieces:
                left -= 1
                if not left:
                    came.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        await came.wait()
        task.cancel()
        await asyncio.wait([task])


async def test_a_cancelled_reader_closes_the_models_stream_at_once() -> None:
    paid = Paid(Slow())
    draft = (await paid.conversation()).prepare(turn(await paid.conversation()))
    before = asyncio.all_tasks()
    await read(draft, 1)
    assert paid.model.live == 0
    assert asyncio.all_tasks() == before


async def test_a_reader_that_leaves_closes_the_models_stream_at_once() -> None:
    paid = Paid(Slow())
    conversation = await paid.conversation()
    async with aclosing(cast("Any", conversation.prepare(turn(conversation)).pieces())) as pieces:
        await anext(pieces)
        assert paid.model.live == 1
    assert paid.model.live == 0


async def test_what_was_thrown_away_in_mid_stream_is_estimated_and_speculative() -> None:
    paid = Paid(Slow())
    conversation = await paid.conversation()
    dropped = conversation.prepare(turn(conversation))
    await read(dropped, 1)
    await dropped.drop()
    paid.model.whole = True
    kept = conversation.prepare(turn(conversation))
    assert kept.first_token_s is None
    async for _ in kept.pieces():
        pass
    assert kept.first_token_s is not None
    usage = (await kept.commit(None)).result.usage
    assert [each for each in usage if not each.speculative] == [
        Usage("slow/1", Unit.LLM_INPUT_TOKEN, 900, 2, "greeting"),
        Usage("slow/1", Unit.LLM_OUTPUT_TOKEN, 12, 2, "greeting"),
    ]
    asked, made = (each for each in usage if each.speculative)
    assert made == Usage(
        "slow/1", Unit.LLM_OUTPUT_TOKEN, -(-len(WORDS) // 4), 2, "greeting", speculative=True
    )
    assert asked.unit is Unit.LLM_INPUT_TOKEN
    assert asked.quantity > 500  # a prompt of some pages, with the tools


async def test_an_answer_that_is_cut_by_the_caller_is_estimated() -> None:
    paid = Paid(Slow())
    conversation = await paid.conversation()
    draft = conversation.prepare(turn(conversation))
    await read(draft, 1)
    usage = (await draft.commit(None)).result.usage
    assert [(each.unit, each.speculative) for each in usage] == [
        (Unit.LLM_INPUT_TOKEN, False),
        (Unit.LLM_OUTPUT_TOKEN, False),
    ]


async def test_what_is_thrown_away_last_is_paid_when_the_call_is_closed() -> None:
    paid = Paid(Slow())
    conversation = await paid.conversation()
    draft = conversation.prepare(turn(conversation))
    await read(draft, 1)
    await draft.drop()
    for _ in range(2):
        await conversation.close(None, EndReason.CALLER_HUNG_UP)
    assert [each.speculative for each in paid.house.book.used_at_end[CALL]] == [True, True]


async def test_what_is_thrown_away_while_a_commit_is_in_doubt_is_paid_later() -> None:
    """The first commit seems to fail, but was written; only the second knows."""
    paid = Paid(Slow())
    conversation = await paid.conversation()
    first, second, kept = (conversation.prepare(turn(conversation)) for _ in range(3))
    for draft in (first, second):
        await read(draft, 1)
    await first.drop()
    paid.model.whole = True
    async for _ in kept.pieces():
        pass
    paid.house.book.fail_after = ProviderError("postgres", "told to fail", retryable=True)
    with pytest.raises(ProviderError):
        await kept.commit(None)
    await second.drop()
    usage = (await kept.commit(None)).result.usage
    assert [each.speculative for each in usage] == [False, False, True, True]
    await conversation.close(None, EndReason.CALLER_HUNG_UP)
    assert [each.speculative for each in paid.house.book.used_at_end[CALL]] == [True, True]


async def test_what_cannot_be_stored_at_the_end_is_logged() -> None:
    paid = Paid(Slow())
    conversation = await paid.conversation()
    draft = conversation.prepare(turn(conversation))
    await read(draft, 1)
    await draft.drop()
    paid.house.book.fail_next = ProviderError("postgres", "told to fail", retryable=True)
    with capture_logs() as logs, pytest.raises(ProviderError):
        await conversation.close(None, EndReason.CALLER_HUNG_UP)
    lost = [each["usage"] for each in logs if each["event"] == "usage not stored"]
    assert len(lost) == 2
    assert all("speculative=True" in usage for usage in lost)


async def test_dropped_drafts_leave_nothing_in_memory() -> None:
    house = House()
    conversation = await house.house.open(card())
    left: list[weakref.ref[GraphDraft]] = []
    for _ in range(30):
        draft = conversation.prepare(CallerTurn(1, TurnKind.OPENING, "", 1.0, MONDAY))
        await read(draft, 1)
        await draft.drop()
        left.append(weakref.ref(draft))
        del draft
    gc.collect()
    assert [each() for each in left] == [None] * 30


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(SAID), st.integers(0, 3), st.sampled_from(("drop", "commit"))),
        min_size=1,
        max_size=10,
    )
)
async def test_without_a_commit_nothing_changes(steps: list[tuple[str, int, str]]) -> None:
    house = House()
    conversation = await house.house.open(card())
    last: Heard | None = None
    for text, pieces, end in steps:
        number = conversation.next_turn
        kind = TurnKind.OPENING if number == 1 else TurnKind.SPEECH
        draft = conversation.prepare(CallerTurn(number, kind, text, 1.0, MONDAY, last))
        state, rows, effects = conversation.state, dict(house.book.turns), dict(house.book.done)
        diary = list(house.calendar.booked)
        stream = draft.pieces()
        async with aclosing(cast("Any", stream)) as read_so_far:
            for _ in range(pieces):
                if await anext(read_so_far, None) is None:
                    break
        assert conversation.state is state
        assert (dict(house.book.turns), dict(house.book.done)) == (rows, effects)
        assert list(house.calendar.booked) == diary
        if end == "drop":
            await draft.drop()
            assert conversation.state is state
            assert conversation.next_turn == number
        else:
            reply = (await draft.commit(last)).result.reply
            last = Heard(number, reply, "", 1000)
            assert conversation.next_turn == number + 1
    assert [row.turn.number for row in house.book.turns.get(CALL, {}).values()] == list(
        range(1, conversation.next_turn)
    )
