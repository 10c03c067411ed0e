"""What every language model must do, tried on real SDKs and servers of true wire format."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import pytest

from agents.brief import Done, Said
from agents.ports import ModelPiece
from agents.tools.call import ToolCall
from core.errors import ProviderError
from core.usage import Unit, Usage
from tests.contracts.houses import (
    Open,
    a_brief,
    answered,
    assert_discreet,
    assert_plain,
    groq,
    ollama,
)
from tests.fakes.model_plays import (
    Call,
    Pause,
    Play,
    Refuses,
    Silent,
    Streams,
    Text,
    Thought,
    Together,
    says,
)

ASK = Call("ask", {"topic": "bedrooms"})
HAND_OFF = Call("handoff", {"to": "scheduler", "reason": 'they said "now"'})
ASKED = ToolCall("ask", {"topic": "bedrooms"})
HANDED_OFF = ToolCall("handoff", {"to": "scheduler", "reason": 'they said "now"'})

pytestmark = pytest.mark.parametrize("door", [groq, ollama], ids=["groq", "ollama"])


async def test_words_come_one_by_one(door: Open) -> None:
    async with door(says("Lovely", ", ", "thank you.")) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert [piece.text for piece in heard.pieces if piece.text] == ["Lovely", ", ", "thank you."]


async def test_the_first_words_do_not_wait_for_the_rest(door: Open) -> None:
    brief = await a_brief()
    async with (
        door(Streams((Text("One moment."), Pause(None)))) as opened,
        aclosing(cast("Any", opened.chat.answer(brief))) as pieces,
        asyncio.timeout(5),
    ):
        asked: ModelPiece = await anext(pieces)
        first: ModelPiece = await anext(pieces)
    assert asked.bill is not None
    assert first.text == "One moment."


async def test_thoughts_are_never_said(door: Open) -> None:
    play = Streams((Thought("They want a price. "), Thought("Careful."), Text("It depends.")))
    async with door(play) as opened:
        assert (await answered(opened.chat, await a_brief())).text == "It depends."


async def test_thoughts_in_tags_are_never_said(door: Open) -> None:
    async with door(says("<thi", "nk>Hm, ", "a price</think>", "\n\nIt ", "depends.")) as opened:
        assert (await answered(opened.chat, await a_brief())).text.strip() == "It depends."


@pytest.mark.parametrize("parts", [1, 2, 7])
async def test_tool_calls_come_whole(door: Open, parts: int) -> None:
    calls = (replace(ASK, parts=parts), replace(HAND_OFF, parts=parts))
    async with door(Streams((Text("And how many bedrooms?"), *calls))) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert heard.calls == [ASKED, HANDED_OFF]
    assert heard.text == "And how many bedrooms?"


async def test_words_and_calls_in_one_piece(door: Open) -> None:
    async with door(Streams((Together("How many?", (ASK, HAND_OFF)),))) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert (heard.text, heard.calls) == ("How many?", [ASKED, HANDED_OFF])


async def test_calls_alone(door: Open) -> None:
    async with door(Streams((ASK, Call("drop_times", {})))) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert (heard.text, heard.calls) == ("", [ASKED, ToolCall("drop_times", {})])


async def test_a_call_before_words_is_given_before_them(door: Open) -> None:
    async with door(Streams((Call("opt_out", {"wording": "stop"}), Text("Of course.")))) as opened:
        first = (await answered(opened.chat, await a_brief())).pieces[0]
    assert first.text == "Of course."
    assert first.tool_calls == (ToolCall("opt_out", {"wording": "stop"}),)


async def test_tokens_are_counted_once(door: Open) -> None:
    async with door(Streams((Text("Yes."),), prompt_tokens=120, completion_tokens=9)) as opened:
        heard = await answered(opened.chat, await a_brief())
    sku = opened.chat.sku
    assert heard.usage == [
        Usage(sku, Unit.LLM_INPUT_TOKEN, 120, 2, "greeting"),
        Usage(sku, Unit.LLM_OUTPUT_TOKEN, 9, 2, "greeting"),
    ]


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(status, True) for status in (500, 503, 429, 400, 422)]
    + [(status, False) for status in (403, 404, 410)],
)
async def test_an_error_status_says_whether_to_try_again(
    door: Open, status: int, retryable: bool
) -> None:
    async with door(Refuses(status)) as opened:
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief())
    assert caught.value.retryable is retryable
    assert_discreet(caught.value)


async def test_nobody_there(door: Open) -> None:
    async with door(says("never")) as opened:
        await opened.server.http.__aexit__(None, None, None)
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief())
    assert caught.value.retryable
    assert_discreet(caught.value)


async def test_silence_lasts_only_as_long_as_the_turn_waits(door: Open) -> None:
    async with door(Silent()) as opened:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await answered(opened.chat, await a_brief())
        await opened.server.http.has_left()


@pytest.mark.parametrize("how", ["cancelled", "closed"])
async def test_who_no_longer_listens_hangs_up(door: Open, how: str) -> None:
    """A caller who speaks ends the answer; the server must see that at once."""
    async with door(Streams((Text("Let me tell you"), Pause(None)))) as opened:
        brief = await a_brief()
        if how == "closed":
            async with aclosing(cast("Any", opened.chat.answer(brief))) as pieces:
                while not (await anext(pieces)).text:
                    pass
        else:
            heard = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                task = group.create_task(
                    answered(opened.chat, brief, lambda piece: heard.set()), name="answer"
                )
                await heard.wait()
                task.cancel()
        await opened.server.http.has_left()
        opened.server.handler = lambda asked: says("Go on.")
        assert (await answered(opened.chat, brief)).text == "Go on."


async def test_a_trickle_is_passed_on_as_it_comes(door: Open) -> None:
    steps = [step for word in ("a ", "b ", "c ") for step in (Text(word), Pause(0.01))]
    async with door(Streams(tuple(steps), first_s=0.02)) as opened:
        assert (await answered(opened.chat, await a_brief())).text == "a b c "


async def test_connections_last_from_turn_to_turn(door: Open) -> None:
    async with door(says("Yes.")) as opened:
        await opened.vendor.warm_up()
        for _ in range(3):
            await answered(opened.chat, await a_brief())
    assert {request.connection for request in opened.server.http.requests} == {1}


async def test_tools_are_plain_schemas(door: Open) -> None:
    async with door(says("Yes.")) as opened:
        brief = await a_brief()
        await answered(opened.chat, brief)
    functions = {tool["function"]["name"]: tool["function"] for tool in opened.last["tools"]}
    assert set(functions) == {tool.value for tool in brief.agent.tools}
    for function in functions.values():
        assert function["description"]
        assert_plain(function["parameters"])
    answer = functions["record_answer"]["parameters"]["properties"]["value"]
    assert answer["type"] == ["boolean", "integer", "string", "null"]
    outcome = functions["end_call"]["parameters"]["properties"]["outcome"]
    assert "booked" in outcome["enum"]
    due = functions["request_callback"]["parameters"]["properties"]["due_at"]
    assert "offset" in due["description"]


async def test_the_prompt_the_history_and_the_turn_are_sent(door: Open) -> None:
    brief = await a_brief()
    history = (Said(False, "Hello."), Said(True, "Who is it?"), Said(False, " "))
    async with door(says("Yes.")) as opened:
        await answered(opened.chat, replace(brief, history=history))
    system, *said = opened.last["messages"]
    assert system["role"] == "system"
    assert "Sophie" in system["content"]
    assert [(each["role"], each["content"]) for each in said] == [
        ("assistant", "Hello."),
        ("user", "Who is it?"),
        ("user", "yes speaking"),
    ]


async def test_an_old_history_is_cut_and_the_turn_kept(door: Open) -> None:
    lines = tuple(Said(at % 2 == 1, f"line {at} " + "word " * 60) for at in range(40))
    async with door(says("Yes."), context_tokens=4000) as opened:
        await answered(opened.chat, replace(await a_brief(), history=lines))
    system, *said = opened.last["messages"]
    assert system["role"] == "system"
    assert said[-1]["content"] == "yes speaking"
    assert said[-2]["content"].startswith("line 39 ")
    assert 2 < len(said) < 40


async def test_a_second_completion_goes_on_after_the_first(door: Open) -> None:
    brief = replace(
        await a_brief(),
        said_already="Let me look. ",
        done=(Done(ASKED), Done(HANDED_OFF, "refused: there is no such agent")),
    )
    async with door(says("Tuesday is free.")) as opened:
        assert (await answered(opened.chat, brief)).text == "Tuesday is free."
    system, *_, caller, ours, first, second = opened.last["messages"]
    assert "«Let me look.»" in system["content"]
    assert caller["content"] == "yes speaking"
    assert ours["content"] == "Let me look."
    assert [call["function"]["name"] for call in ours["tool_calls"]] == ["ask", "handoff"]
    ids = [call.get("id") for call in ours["tool_calls"]]  # Ollama goes by the order
    assert [first.get("tool_call_id"), second.get("tool_call_id")] == ids
    assert [first["role"], second["role"]] == ["tool", "tool"]
    assert [first["content"], second["content"]] == ["ok", "refused: there is no such agent"]


async def test_a_reply_that_another_model_began_is_gone_on_with(door: Open) -> None:
    brief = replace(await a_brief(), said_already="Good morning, Emma.")
    async with door(says("How are you?")) as opened:
        await answered(opened.chat, brief)
    system, *_, caller, ours, on = opened.last["messages"]
    assert "Repeat none of it" in system["content"]
    assert (caller["role"], ours["role"], on["role"]) == ("user", "assistant", "user")
    assert ours["content"] == "Good morning, Emma."


async def test_malformed_arguments_are_the_models_fault(door: Open) -> None:
    play: Play = Streams((Call("ask", {}, raw='{"topic": '),))
    async with door(play) as opened:
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief())
    assert caught.value.retryable
