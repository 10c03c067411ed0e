"""What is particular to Groq: its limits, its key, its models, its ways of reasoning."""

from __future__ import annotations

import asyncio

import pytest

from agents.providers.llm_groq.account import GroqConfig, check
from agents.vendor import Condition
from core.errors import BusyError, ProviderError
from core.usage import Unit, Usage
from tests.contracts.houses import GROQ_MODEL, a_brief, answered, groq
from tests.fakes.groq_server import KEY, groq_server
from tests.fakes.model_plays import Refuses, Silent, Streams, Text, says


async def fault(play: Refuses, **options: str) -> ProviderError:
    """What an answer with an error status comes to."""
    async with groq(play, **options) as opened:
        with pytest.raises(ProviderError) as caught:
            await answered(opened.chat, await a_brief())
    return caught.value


@pytest.mark.parametrize(("header", "seconds"), [("6", 6.0), ("0.5", 0.5), (None, None)])
async def test_a_rate_limit_says_how_long_to_stay_away(
    header: str | None, seconds: float | None
) -> None:
    error = await fault(Refuses(429, "rate_limit_exceeded", retry_after=header))
    assert (error.retryable, error.retry_after_s) == (True, seconds)
    assert not isinstance(error, BusyError)


@pytest.mark.parametrize("header", ["nan", "inf", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_wait_that_makes_no_sense_is_no_wait(header: str) -> None:
    assert (await fault(Refuses(429, retry_after=header))).retry_after_s is None


async def test_a_wrong_key_says_what_to_set() -> None:
    error = await fault(Refuses(500), key="gsk_the_wrong_key")
    assert not error.retryable
    assert "GROQ_API_KEY" in str(error)
    assert "gsk_" not in str(error)


@pytest.mark.parametrize(
    "play",
    [
        Refuses(404, "model_not_found"),
        Refuses(400, "model_decommissioned"),
        Refuses(403, "model_terms_required"),
    ],
    ids=lambda play: play.code,
)
async def test_a_missing_model_says_what_to_set(play: Refuses) -> None:
    error = await fault(play)
    assert not error.retryable
    assert GROQ_MODEL in str(error)
    assert "GROQ_MODEL" in str(error)


@pytest.mark.parametrize(
    ("play", "retryable"),
    [
        (Refuses(400, "tool_use_failed"), True),
        (Refuses(400, "context_length_exceeded"), True),
        (Refuses(413, "rate_limit_exceeded"), True),
        (Refuses(498, "capacity_exceeded"), True),
        (Refuses(502), True),
        (Refuses(400, "Quoted: the caller's secret words"), True),
    ],
    ids=lambda value: str(value),
)
async def test_other_refusals(play: Refuses, *, retryable: bool) -> None:
    error = await fault(play)
    assert error.retryable is retryable
    assert "secret words" not in str(error)


async def test_cached_tokens_are_not_counted_as_new_ones() -> None:
    play = Streams((Text("Yes."),), prompt_tokens=1900, cached_tokens=1500, completion_tokens=45)
    async with groq(play) as opened:
        heard = await answered(opened.chat, await a_brief())
    sku = "groq/openai/gpt-oss-120b"
    assert heard.usage == [
        Usage(sku, Unit.LLM_INPUT_TOKEN, 400, 2, "greeting"),
        Usage(sku, Unit.LLM_CACHED_TOKEN, 1500, 2, "greeting"),
        Usage(sku, Unit.LLM_OUTPUT_TOKEN, 45, 2, "greeting"),
    ]


@pytest.mark.parametrize(
    ("model", "effort"),
    [("openai/gpt-oss-120b", "low"), ("openai/gpt-oss-20b", "low"), ("moonshotai/kimi-k2", None)],
)
async def test_only_models_that_reason_are_told_how_much(model: str, effort: str | None) -> None:
    async with groq(says("Yes."), model=model) as opened:
        opened.server.models = (model,)
        await answered(opened.chat, await a_brief())
        sent = opened.last
    assert sent["model"] == model
    assert sent["reasoning_effort"] == effort
    assert sent["reasoning_format"] is None
    assert (sent["stream"], sent["temperature"], sent["max_tokens"]) == (True, 0.3, 400)


async def test_a_model_with_think_tags_keeps_its_thoughts_apart() -> None:
    async with groq(says("Yes."), model="qwen/qwen3-32b") as opened:
        opened.server.models = ("qwen/qwen3-32b",)
        await answered(opened.chat, await a_brief())
        assert opened.last["reasoning_format"] == "parsed"


async def test_one_attempt_only() -> None:
    async with groq(Refuses(503)) as opened:
        with pytest.raises(ProviderError):
            await answered(opened.chat, await a_brief())
        assert len(opened.server.chats) == 1


@pytest.mark.parametrize(
    ("key", "model", "condition", "remedy"),
    [
        (KEY, GROQ_MODEL, Condition.READY, ""),
        ("gsk_wrong", GROQ_MODEL, Condition.WRONG_KEY, "GROQ_API_KEY"),
        (KEY, "llama-3.1-8b-instant", Condition.NO_MODEL, "GROQ_MODEL"),
    ],
    ids=lambda value: str(value),
)
async def test_the_check(key: str, model: str, condition: Condition, remedy: str) -> None:
    async with groq_server(lambda asked: Silent()) as server:
        found = await check(GroqConfig(api_key=key, models=(model,), base_url=server.url))
    assert found.condition is condition
    assert remedy in found.remedy
    assert bool(found.problem) is not found.ok
    assert "gsk_" not in f"{found}"


async def test_the_check_of_a_server_that_is_gone_or_another() -> None:
    async with groq_server(lambda asked: Silent()) as server:
        config = GroqConfig(api_key=KEY, models=(GROQ_MODEL,), base_url=f"{server.url}/elsewhere")
        assert (await check(config)).condition is Condition.UNREACHABLE
    assert (await check(config)).condition is Condition.UNREACHABLE


async def test_the_check_of_what_cannot_even_be_sent() -> None:
    broken = GroqConfig(api_key=KEY, models=(GROQ_MODEL,), base_url="http://[::1")
    assert (await check(broken)).condition is Condition.UNREACHABLE
    async with groq_server(lambda asked: Silent()) as server:
        found = await check(GroqConfig("gsk_k\u00e9y", (GROQ_MODEL,), server.url))
    assert found.condition is Condition.WRONG_KEY
    assert "GROQ_API_KEY" in found.remedy


async def test_the_warm_up_names_what_is_wrong() -> None:
    async with groq(says("Yes."), model="gone") as opened:
        with pytest.raises(ProviderError, match="Groq has no model gone") as caught:
            await opened.vendor.warm_up()
    assert not caught.value.retryable


async def test_many_answers_at_a_time() -> None:
    async with groq(Streams((Text("Yes."),), first_s=0.02)) as opened:
        brief = await a_brief()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answered(opened.chat, brief)) for _ in range(20)]
    assert {task.result().text for task in tasks} == {"Yes."}
