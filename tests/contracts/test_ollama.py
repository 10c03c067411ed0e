"""What is particular to Ollama: its queue, its context, how it loads, and its models' names."""

from __future__ import annotations

import asyncio

import pytest

from agents.providers.llm_ollama.server import OllamaConfig, check, full_name, shown
from agents.vendor import Condition
from core.errors import BusyError, ProviderError
from tests.contracts.houses import OLLAMA_MODEL, Heard, a_brief, answered, ollama
from tests.fakes.model_plays import Call, Pause, Refuses, Silent, Streams, Text, says
from tests.fakes.ollama_server import OllamaServer, ollama_server

SLOW = Streams((Text("Yes."), Pause(None)))


async def fault(play: Refuses) -> ProviderError:
    """What an answer with an error status comes to."""
    async with ollama(play) as opened:
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief())
    return caught.value


async def settled(server: OllamaServer, count: int) -> None:
    """Wait until so many chats are under way."""
    async with asyncio.timeout(5):
        while server.at_once != count:
            await asyncio.sleep(0.005)


async def test_the_queue_holds_a_few_and_turns_the_rest_away() -> None:
    async with ollama(SLOW, parallel=2, queue=1) as opened:
        brief = await a_brief()
        async with asyncio.TaskGroup() as group:
            first, second, third = (
                group.create_task(answered(opened.chat, brief), name=f"turn {at}")
                for at in range(3)
            )
            await settled(opened.server, 2)
            with pytest.raises(BusyError) as caught:
                await answered(opened.chat, brief)
            assert caught.value.retryable
            assert opened.server.most_at_once == 2

            opened.server.handler = lambda asked: says("At last.")
            first.cancel()  # a caller who spoke makes room
            heard = await third
            assert heard.text == "At last."
            assert [piece.admitted for piece in heard.pieces[:2]] == [True, False]
            second.cancel()
        assert len(opened.server.chats) == 3


async def test_a_turn_does_not_wait_for_ever_in_the_queue() -> None:
    async with ollama(SLOW, parallel=1, queue=5, wait_s=0.05) as opened:
        brief = await a_brief()
        async with asyncio.TaskGroup() as group:
            busy = group.create_task(answered(opened.chat, brief), name="busy")
            await settled(opened.server, 1)
            with pytest.raises(BusyError):
                await answered(opened.chat, brief)
            busy.cancel()
            await settled(opened.server, 0)
        opened.server.handler = lambda asked: says("Yes.")
        heard = await answered(opened.chat, brief)
        assert heard.text == "Yes."
        assert not any(piece.admitted for piece in heard.pieces)  # it did not wait


async def test_a_cancelled_wait_leaves_its_place() -> None:
    async with ollama(SLOW, parallel=1, queue=1) as opened:
        brief = await a_brief()
        async with asyncio.TaskGroup() as group:
            busy = group.create_task(answered(opened.chat, brief), name="busy")
            await settled(opened.server, 1)
            for _ in range(3):
                waiting = group.create_task(answered(opened.chat, brief), name="waiting")
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.wait([waiting])
            opened.server.handler = lambda asked: says("Yes.")
            last: asyncio.Task[Heard] = group.create_task(answered(opened.chat, brief), name="last")
            await asyncio.sleep(0)
            busy.cancel()
            assert (await last).text == "Yes."


async def test_a_fault_makes_room() -> None:
    async with ollama(Refuses(500), parallel=1, queue=0) as opened:
        for _ in range(3):
            with pytest.raises(ProviderError) as caught:
                await answered(opened.chat, await a_brief())
            assert not isinstance(caught.value, BusyError)


async def test_the_context_and_the_loaded_model_stay_the_same() -> None:
    """Another context would make Ollama load the model again, in the middle of a call."""
    async with ollama(says("Yes.")) as opened:
        await opened.vendor.warm_up()
        await answered(opened.chat, await a_brief())
        (loaded,) = opened.server.loaded
        sent = opened.last
    assert loaded["options"]["num_ctx"] == sent["options"]["num_ctx"] == 5500
    assert loaded["keep_alive"] == sent["keep_alive"] == "30m"
    assert sent["options"]["num_predict"] == 400
    assert sent["options"]["temperature"] == 0.3


@pytest.mark.parametrize(("model", "think"), [("llama3.1:8b", False), ("gpt-oss:20b", "low")])
async def test_models_think_as_little_as_they_can(model: str, think: object) -> None:
    async with ollama(says("Yes."), model=model) as opened:
        opened.server.models = (model,)
        await answered(opened.chat, await a_brief())
        assert opened.last["think"] == think


async def test_two_calls_of_one_tool_stay_two() -> None:
    play = Streams((Call("ask", {"topic": "a"}), Call("ask", {"topic": "b"})))
    async with ollama(play) as opened:
        heard = await answered(opened.chat, await a_brief())
    assert [call.arguments for call in heard.calls] == [{"topic": "a"}, {"topic": "b"}]


async def test_a_missing_model_says_what_to_run() -> None:
    error = await fault(Refuses(404, message="model 'llama3.1:8b' not found"))
    assert not error.retryable
    assert "ollama pull llama3.1:8b" in str(error)


async def test_a_model_without_tools_says_what_to_set() -> None:
    error = await fault(Refuses(400, message="registry/llama3.1:8b does not support tools"))
    assert not error.retryable
    assert "OLLAMA_MODEL" in str(error)


async def test_its_own_full_queue_is_no_fault() -> None:
    assert isinstance(await fault(Refuses(503, message="server busy")), BusyError)


async def test_other_refusals() -> None:
    assert (await fault(Refuses(429))).retryable
    assert (await fault(Refuses(400))).retryable
    denied = await fault(Refuses(401))
    assert not denied.retryable
    assert "OLLAMA_BASE_URL" in str(denied)


async def test_the_warm_up_names_a_missing_model() -> None:
    async with ollama(says("Yes.")) as opened:
        opened.server.models = ()
        with pytest.raises(ProviderError, match="ollama pull"):
            await opened.vendor.warm_up()
        await opened.server.http.__aexit__(None, None, None)
        with pytest.raises(ProviderError, match="connection"):
            await opened.vendor.warm_up()


@pytest.mark.parametrize(
    ("there", "wanted", "condition"),
    [
        ("llama3.1:8b", "llama3.1:8b", Condition.READY),
        ("llama3.1:latest", "llama3.1", Condition.READY),
        ("llama3.1:8b", "llama3.1", Condition.NO_MODEL),
        ("hf.co/someone/model:latest", "hf.co/someone/model", Condition.READY),
    ],
)
async def test_the_check(there: str, wanted: str, condition: Condition) -> None:
    async with ollama_server(lambda asked: Silent(), [there]) as server:
        found = await check(OllamaConfig(models=(wanted,), base_url=server.url))
    assert found.condition is condition
    assert (f"ollama pull {wanted}" in found.remedy) is not found.ok


async def test_the_check_of_a_server_that_is_gone_or_another() -> None:
    async with ollama_server(lambda asked: Silent()) as server:
        other = OllamaConfig(models=(OLLAMA_MODEL,), base_url=f"{server.url}/elsewhere")
        assert "does not answer as Ollama" in (await check(other)).problem
    found = await check(other)
    assert found.condition is Condition.UNREACHABLE
    assert "ollama serve" in found.remedy


@pytest.mark.parametrize("address", ["http://host:abc", "http://me:secret@[::1"])
async def test_the_check_of_what_is_no_address(address: str) -> None:
    found = await check(OllamaConfig(models=(OLLAMA_MODEL,), base_url=address))
    assert found.condition is Condition.UNREACHABLE
    assert "OLLAMA_BASE_URL" in found.problem
    assert "secret" not in f"{found}"


def test_names_and_addresses_as_shown() -> None:
    assert full_name("localhost:5000/model") == "localhost:5000/model:latest"
    assert shown("http://me:secret@10.0.0.1:11434") == "http://10.0.0.1:11434"
    assert shown("http://10.0.0.1:11434") == "http://10.0.0.1:11434"
