"""Any LangChain chat model behind the port: text, whole and split tool calls, usage, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

from agents.bill import Bill
from agents.brief import Brief
from agents.ports import ModelPiece
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from agents.tools.call import ToolCall
from agents.tools.specs import Tool
from core.errors import ProviderError
from core.speech import CallerTurn, TurnKind
from core.usage import Unit, Usage
from tests.fakes.streaming_model import StreamingModel
from tests.unit.conversations import MONDAY, House
from tests.unit.graph.scripted_model import ScriptedModel


def streaming(*chunks: AIMessageChunk) -> StreamingModel:
    """A model that answers with ``chunks``."""

    async def answers() -> AsyncIterator[AIMessageChunk]:
        for chunk in chunks:
            yield chunk

    return StreamingModel(answers=answers)


def text(words: str) -> AIMessageChunk:
    return AIMessageChunk(content=words)


def part(name: str | None, args: str, index: int = 0) -> AIMessageChunk:
    call = tool_call_chunk(name=name, args=args, id="call", index=index)
    return AIMessageChunk(content="", tool_call_chunks=[call])


async def brief() -> Brief:
    """The brief of a second turn, as the graph makes it."""
    model = ScriptedModel([["Hello."], ["Yes."]])
    house = House(model=model)
    chat = await house.chat()
    await chat.begin()
    await chat.say("yes speaking")
    return model.briefs[-1]


async def answered(*chunks: AIMessageChunk) -> list[ModelPiece]:
    chat = LangchainChat(streaming(*chunks), "test/1", sku="test/1")
    pieces = [piece async for piece in chat.answer(await brief())]
    assert pieces[0].bill is not None
    return pieces[1:]


def calls(pieces: list[ModelPiece]) -> list[ToolCall]:
    return [call for piece in pieces for call in piece.tool_calls]


async def test_text_streams_as_it_comes() -> None:
    assert [piece.text for piece in await answered(text("Hel"), text("lo."))] == ["Hel", "lo."]


async def test_a_tool_call_in_pieces_is_given_whole() -> None:
    pieces = await answered(
        text("Ok. "), part("ask", ""), part(None, '{"top'), part(None, 'ic": "bedrooms"}')
    )
    assert calls(pieces) == [ToolCall("ask", {"topic": "bedrooms"})]


async def test_a_call_is_given_before_the_text_that_follows_it() -> None:
    pieces = await answered(part("opt_out", '{"wording": "stop"}'), text("Done."))
    assert pieces[0] == ModelPiece(begun=True)
    assert pieces[1].tool_calls == (ToolCall("opt_out", {"wording": "stop"}),)
    assert pieces[1].text == "Done."


async def test_two_calls_keep_their_order() -> None:
    pieces = await answered(
        part("ask", '{"topic": "a"}', 0), part("handoff", '{"to": "scheduler"}', 1)
    )
    assert [call.name for call in calls(pieces)] == ["ask", "handoff"]


async def test_pieces_of_two_calls_may_be_mixed() -> None:
    pieces = await answered(
        part("ask", '{"topic"', 0),
        part("handoff", '{"to": ', 1),
        text("  "),
        part(None, ': "a"}', 0),
        part(None, '"scheduler"}', 1),
    )
    assert calls(pieces) == [
        ToolCall("ask", {"topic": "a"}),
        ToolCall("handoff", {"to": "scheduler"}),
    ]


async def test_calls_of_one_index_and_two_names_are_two() -> None:
    chunks = [
        AIMessageChunk(
            content="",
            tool_call_chunks=[tool_call_chunk(name="ask", args="null", id=each, index=0)],
        )
        for each in ("one", "two")
    ]
    assert calls(await answered(*chunks)) == [ToolCall("ask", {}), ToolCall("ask", {})]


async def test_a_call_without_a_name_is_the_vendors_fault() -> None:
    with pytest.raises(ProviderError, match="no known name"):
        await answered(part(None, "{}"))


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (["<think>Hm.</think>", "Yes."], "Yes."),
        (["  <thi", "nk>Hm.", "</th", "ink>\nYes."], "Yes."),
        (["<", "b> is a tag."], "<b> is a tag."),
        (["<th"], "<th"),
        (["<think>without an end"], ""),
        (["Yes. <think>no</think>"], "Yes. <think>no</think>"),
    ],
)
async def test_thoughts_before_an_answer_are_dropped(pieces: list[str], said: str) -> None:
    heard = await answered(*map(text, pieces))
    assert "".join(piece.text for piece in heard) == said


@pytest.mark.parametrize("arguments", ['{"topic": ', "[1, 2]", "nonsense"])
async def test_malformed_arguments_are_the_vendors_fault(arguments: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await answered(part("ask", arguments))
    assert caught.value.retryable


async def broken() -> AsyncIterator[AIMessageChunk]:
    """Fails in the middle."""
    yield text("Hel")
    raise RuntimeError("out of memory")


async def test_the_fault_of_a_model_without_a_vendor_is_told_as_it_is() -> None:
    chat = LangchainChat(StreamingModel(answers=broken), "test/1")
    with pytest.raises(ProviderError, match="RuntimeError: out of memory") as caught:
        async for _ in chat.answer(await brief()):
            pass
    assert caught.value.retryable


async def test_tokens_are_counted() -> None:
    counted = UsageMetadata(input_tokens=120, output_tokens=9, total_tokens=129)
    pieces = await answered(text("Hello."), AIMessageChunk(content="", usage_metadata=counted))
    assert pieces[-1].usage == (
        Usage("test/1", Unit.LLM_INPUT_TOKEN, 120, 2, "greeting"),
        Usage("test/1", Unit.LLM_OUTPUT_TOKEN, 9, 2, "greeting"),
    )


async def test_tokens_are_told_with_the_piece_that_settles_the_bill() -> None:
    counted = UsageMetadata(input_tokens=120, output_tokens=9, total_tokens=129)
    last = AIMessageChunk(content="Bye.", usage_metadata=counted)
    chat = LangchainChat(streaming(text("Hello."), last, text("")), "test/1", sku="test/1")
    told: list[Usage] = []
    bill: Bill | None = None
    async with aclosing(cast("Any", chat.answer(await brief()))) as pieces:
        async for piece in pieces:
            bill = piece.bill or bill
            told += piece.usage
            assert bill is not None
            assert bool(told) == bill.settled  # whoever leaves now has paid one or the other
            if told:
                break
    assert [usage.quantity for usage in told] == [120, 9]


async def test_a_hosted_model_gets_prompt_history_and_tools() -> None:
    model = streaming(text("Hello."))
    chat = LangchainChat(model, "test/1")
    async for _ in chat.answer(await brief()):
        pass
    system, *said = model.asked[-1]
    assert "You are Sophie" in str(system.content)
    assert "$" not in str(system.content)
    ours, theirs = (str(message.content) for message in said)
    assert ours.startswith("Hello, this is Sophie, an automated assistant")
    assert (ours[-6:], theirs) == ("Hello.", "yes speaking")
    names = [tool["function"]["name"] for tool in model.tools]
    assert Tool.ASK.value in names
    assert all(tool["function"]["description"] for tool in model.tools)


async def test_a_silence_is_told_in_brackets() -> None:
    model = streaming(text("Hello?"))
    silent = CallerTurn(2, TurnKind.SILENCE, "", 1.0, MONDAY)
    async for _ in LangchainChat(model, "test/1").answer(replace(await brief(), turn=silent)):
        pass
    assert model.asked[-1][-1].content == "(silence)"


async def test_the_script_brain_is_a_chat_model_like_any_other() -> None:
    whole = ScriptBrain().invoke("ignored", brief=await brief())
    assert "Do you own the property?" in str(whole.content)
    assert [call["name"] for call in whole.tool_calls] == ["ask", "handoff"]
    with pytest.raises(TypeError, match="brief"):
        ScriptBrain().invoke("hello")
