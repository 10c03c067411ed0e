"""Answers that end before their end, or at their limit: nothing half made is passed on."""

from __future__ import annotations

import pytest

from agents.ports import ModelPiece
from agents.tools.call import ToolCall
from core.errors import ProviderError
from tests.contracts.houses import Open, a_brief, answered, assert_discreet, groq, ollama
from tests.fakes.model_plays import Call, Cut, Fails, Streams, Text

ASK = Call("ask", {"topic": "bedrooms"})
ASKED = ToolCall("ask", {"topic": "bedrooms"})

pytestmark = pytest.mark.parametrize("door", [groq, ollama], ids=["groq", "ollama"])


@pytest.mark.parametrize(
    "end",
    [Cut(), Cut(politely=True), Fails()],
    ids=["cut", "ended without its mark", "error in the stream"],
)
async def test_an_answer_that_is_cut_off_is_a_fault(door: Open, end: Cut | Fails) -> None:
    said: list[str] = []
    async with door(Streams((Text("I will"), Text(" book"), end))) as opened:
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief(), lambda piece: said.append(piece.text))
    assert caught.value.retryable
    assert said == ["I will", " book"]
    assert_discreet(caught.value)


async def test_an_answer_that_is_too_long_is_cut_off_and_paid_for(door: Open) -> None:
    heard: list[ModelPiece] = []
    play = Streams((Text("It costs nothing. And af"), ASK), finish="length")
    async with door(play) as opened:
        with pytest.raises(ProviderError, match="LLM_MAX_TOKENS") as caught:
            await answered(opened.chat, await a_brief(), heard.append)
    assert caught.value.retryable
    assert "".join(piece.text for piece in heard) == "It costs nothing. And af"
    assert not any(piece.tool_calls for piece in heard)
    assert sum(len(piece.usage) for piece in heard) == 2


@pytest.mark.parametrize("end", [Cut(), Cut(politely=True)], ids=["cut", "no end mark"])
async def test_a_call_of_an_answer_that_is_cut_off_is_not_made(door: Open, end: Cut) -> None:
    made: list[ToolCall] = []
    async with door(Streams((Call("opt_out", {"wording": "stop"}), end))) as opened:
        with pytest.raises(ProviderError):
            await answered(opened.chat, await a_brief(), lambda each: made.extend(each.tool_calls))
    assert not made


async def test_a_fault_after_the_end_changes_nothing(door: Open) -> None:
    async with door(Streams((Text("Yes."), ASK), stays=False)) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert (heard.text, heard.calls, len(heard.usage)) == ("Yes.", [ASKED], 2)
