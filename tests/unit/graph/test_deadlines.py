"""How long a caller waits for the first word, and what that tells the breakers. In virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from agents.brief import Brief
from agents.lineup import Rung
from agents.ports import ModelPiece
from core.breaker import Breaker, BreakerLimits, Circuit
from core.speech import CallerTurn, TurnKind
from tests.unit.conversations import MONDAY
from tests.unit.graph.line_ups import BRAIN, answered, briefs, opened, rung, says
from tests.unit.graph.scripted_model import broken, call
from tests.unit.graph.test_thinking import circuit, now
from tests.virtual_time import virtual_time

ASK = call("ask", topic="owner")


@virtual_time
async def test_models_that_only_call_tools_are_given_up_in_time() -> None:
    one = rung([0.4, ASK, 1.4], [0.4, ASK, 1.4], [0.4, ASK, 1.4])
    two = rung([0.4, ASK, 1.4], [0.4, ASK, 1.4], name="two/1")
    _, chat = await opened(one, two)
    begun = now()
    turn = await says(chat, "what is it about")
    assert now() - begun == pytest.approx(2.5, abs=0.01)
    assert turn.result.model == BRAIN
    assert turn.result.tools != ("ask",), "what they did is undone"
    assert turn.result.faults == ("No model said a word within 2.5 s.",)
    assert circuit(one.breaker) is Circuit.CLOSED


@virtual_time
async def test_agents_that_hand_over_silently_share_that_time() -> None:
    hands_over = [0.4, call("handoff", to="qualification"), 1.4]
    one = rung(hands_over, [0.4, ASK, 1.4], [0.4, "Too late."])
    _, chat = await opened(one)
    begun = now()
    turn = await says(chat, "what is it about")
    assert now() - begun == pytest.approx(2.5, abs=0.01)
    assert turn.said
    assert "Too late." not in turn.said


@virtual_time
async def test_after_the_first_word_there_is_time_for_the_rest() -> None:
    one = rung([0.4, "We value homes. ", 1.4, "It is free. ", 1.4, "Do you own it?"])
    turn = await answered(one)
    assert turn.said == ["We value homes.", "It is free.", "Do you own it?"]
    assert turn.result.faults == ()


@virtual_time
async def test_a_house_that_lets_its_model_begin_late_waits_for_its_words() -> None:
    one = replace(rung([1.9, ASK], [1.9, "Do you own it?"]), first_s=2.0)
    assert (await answered(one)).said == ["Do you own it?"]


@virtual_time
async def test_a_model_that_failed_is_not_asked_again_by_the_next_agent() -> None:
    one = rung([broken()], ["Never asked."])
    two = rung([call("handoff", to="qualification")], ["Do you own it?"], name="two/1")
    turn = await answered(one, two)
    assert turn.said == ["Do you own it?"]
    assert len(briefs(one)) == 1
    assert turn.result.faults == ("one/1 failed: gone.",)


@dataclass
class Odd:
    """A model with a fault of our own, or one that waits in a queue of ours."""

    queued_s: float | None = None
    name: str = "odd/1"

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """See ``agents.ports.ChatModel.answer``."""
        if self.queued_s is None:
            raise RuntimeError("a bug")
        await asyncio.sleep(self.queued_s)
        yield ModelPiece(admitted=True)
        await asyncio.sleep(0.4)
        yield ModelPiece("Here I am.")


@virtual_time
async def test_a_trial_is_free_again_after_a_fault_of_our_own() -> None:
    breaker = Breaker("odd/1", BreakerLimits(failures=1, open_s=1))
    breaker.failed(now(), "gone")
    await asyncio.sleep(1)
    with pytest.raises(RuntimeError, match="a bug"):
        await answered(Rung(Odd(), breaker))
    assert circuit(breaker) is Circuit.HALF_OPEN
    assert breaker.lets(now())


class StuckShelf:
    """A cache that does not answer."""

    async def get(self, key: str) -> str | None:
        """See ``graph.ports.ReplyCache``."""
        await asyncio.Event().wait()
        return key

    async def put(self, key: str, answer: str) -> None:
        """See ``graph.ports.ReplyCache``."""


@virtual_time
async def test_no_trial_is_taken_while_the_cache_is_looked_into() -> None:
    breaker = Breaker("one/1", BreakerLimits(failures=1, open_s=1))
    breaker.failed(now(), "gone")
    await asyncio.sleep(1)
    one = rung(["Hello."], breaker=breaker)
    _, chat = await opened(one, cache=StuckShelf())
    number = chat.conversation.next_turn
    turn = CallerTurn(number, TurnKind.SPEECH, "what do you do", 1.0, MONDAY, chat.heard)
    draft = chat.conversation.prepare(turn)

    async def listen() -> None:
        async with asyncio.timeout(0.01), aclosing(cast("Any", draft.pieces())) as pieces:
            async for _ in pieces:
                pass

    with pytest.raises(TimeoutError):
        await listen()
    assert briefs(one) == []
    assert circuit(breaker) is Circuit.HALF_OPEN
    assert breaker.lets(now())


@virtual_time
async def test_the_time_in_our_own_queue_is_not_the_models() -> None:
    one = Rung(Odd(queued_s=0.4), Breaker("odd/1"))
    turn = await answered(one)
    assert (turn.said, turn.result.faults) == (["Here I am."], ())
