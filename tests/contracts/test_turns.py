"""Turns of a call when models fail: somebody always answers, and nothing is heard twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from agents.providers.script_brain.model import VERSION
from app.brain import circuits, line_up
from app.settings import load_settings
from core.speech import TurnResult
from graph.chat import Answer, Chat
from graph.conversation import GraphConversationHouse
from tests.bare_environment import unset_all
from tests.contracts.houses import a_brief, answered, as_handler
from tests.fakes.calendar import MemoryCalendar
from tests.fakes.groq_server import KEY, GroqServer, groq_server
from tests.fakes.model_plays import (
    Call,
    Cut,
    Fails,
    Handler,
    Pause,
    Play,
    Refuses,
    Silent,
    Streams,
    Text,
    says,
)
from tests.fakes.ollama_server import OllamaServer, ollama_server
from tests.fakes.scripts import MemoryScriptShelf
from tests.fakes.turn_book import MemoryTurnBook
from tests.unit.conversations import CALL, StillClock, card, strict_saver

GROQ, OLLAMA = "groq/openai/gpt-oss-120b", "ollama/llama3.1:8b"
BEGUN = Text("I can help you with that. ")
HALF = Text("It takes ab")
REST = "It takes about an hour."


@dataclass
class Stage:
    """A call whose opening was heard, and the servers behind its models."""

    chat: Chat
    book: MemoryTurnBook
    groq: GroqServer
    ollama: OllamaServer

    async def says(self, text: str = "How long does it take?") -> tuple[Answer, TurnResult]:
        """The next answer, and what is stored of it."""
        answer = await self.chat.say(text)
        return answer, self.book.turns[CALL][answer.turn].result


@asynccontextmanager
async def stage(
    monkeypatch: pytest.MonkeyPatch,
    groq: Play | Handler,
    ollama: Play | Handler,
    **settings: str,
) -> AsyncIterator[Stage]:
    """A call on the models that the settings give, with both servers up."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(groq_server(as_handler(groq)))
        second = await stack.enter_async_context(ollama_server(as_handler(ollama)))
        given = {
            "GROQ_API_KEY": KEY,
            "GROQ_BASE_URL": first.url,
            "OLLAMA_BASE_URL": second.url,
            "LLM_FIRST_TOKEN_MS": "800",
            "LLM_STALL_MS": "400",
        }
        unset_all(monkeypatch)
        for name, value in {**given, **settings}.items():
            monkeypatch.setenv(name, value)
        models = await stack.enter_async_context(line_up(load_settings(None)))
        calendar = MemoryCalendar()
        book = MemoryTurnBook(calendar)
        house = GraphConversationHouse(
            models=models,
            calendar=calendar,
            book=book,
            shelf=MemoryScriptShelf(),
            checkpointer=strict_saver(),
        )
        chat = await Chat.open(house, card(), StillClock())
        await chat.begin()
        yield Stage(chat, book, first, second)


AT_ONCE: dict[str, Play] = {
    "wrong key": Refuses(401, "invalid_api_key"),
    "no model": Refuses(404, "model_not_found"),
    "rate limit": Refuses(429, "rate_limit_exceeded", retry_after="6"),
    "server error": Refuses(500),
    "wrong tool call": Refuses(400, "tool_use_failed"),
    "no status": Silent(),
    "cut": Streams((Cut(),)),
    "no end mark": Streams((Cut(politely=True),)),
    "error in the stream": Streams((Fails(),)),
    "no words": Streams((Pause(None),)),
    "late": Streams((Text("Too late."),), first_s=3.0),
    "nothing to say": Streams(()),
}


@pytest.mark.parametrize("play", AT_ONCE.values(), ids=AT_ONCE)
async def test_the_next_model_answers_for_one_that_fails(
    monkeypatch: pytest.MonkeyPatch, play: Play
) -> None:
    async with stage(monkeypatch, play, says(REST)) as call:
        answer, stored = await call.says()
    assert answer.reply == REST
    assert stored.model == OLLAMA
    assert len(stored.faults) == 1
    assert "secret words" not in str(stored.faults)


BROKEN_OFF: dict[str, Play] = {
    "cut in mid-sentence": Streams((BEGUN, HALF, Cut())),
    "no end mark in mid-sentence": Streams((BEGUN, HALF, Cut(politely=True))),
    "error in mid-sentence": Streams((BEGUN, HALF, Fails())),
    "stalls in mid-sentence": Streams((BEGUN, HALF, Pause(None))),
}
EVERY = AT_ONCE | BROKEN_OFF


@pytest.mark.parametrize("play", BROKEN_OFF.values(), ids=BROKEN_OFF)
@pytest.mark.parametrize(
    "on", [says(REST), says(BEGUN.words, REST)], ids=["goes on", "begins anew"]
)
async def test_a_reply_that_breaks_off_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch, play: Play, on: Play
) -> None:
    async with stage(monkeypatch, play, on) as call:
        answer, stored = await call.says()
        sent = call.ollama.chats[-1]["messages"]
    assert answer.reply == f"{BEGUN.words}{REST}"
    assert stored.model == f"{GROQ}, {OLLAMA}"
    assert "«I can help you with that.»" in sent[0]["content"]


@pytest.mark.parametrize("play", EVERY.values(), ids=EVERY)
async def test_the_script_answers_when_all_models_fail(
    monkeypatch: pytest.MonkeyPatch, play: Play
) -> None:
    async with stage(monkeypatch, play, play) as call:
        answer, stored = await call.says("Yes, speaking.")
    sentences = answer.reply.split(". ")
    assert answer.reply.strip()
    assert len(sentences) == len(set(sentences))
    assert stored.model.split(", ")[-1] == VERSION
    assert len(stored.faults) == 2


async def test_a_model_that_keeps_failing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(monkeypatch, Refuses(500), says(REST)) as call:
        for _ in range(5):
            answer, _ = await call.says()
            assert answer.reply
        assert len(call.groq.chats) == 3


async def test_a_rate_limit_is_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(monkeypatch, Refuses(429, retry_after="60"), says(REST)) as call:
        for _ in range(3):
            await call.says()
        assert len(call.groq.chats) == 1


async def test_one_callers_bad_request_keeps_nobody_else_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(monkeypatch, Refuses(400, "context_length_exceeded"), says(REST)) as call:
        assert (await call.says())[0].reply == REST
        call.groq.handler = lambda asked: says("Yes, an hour.")
        assert (await call.says())[0].reply == "Yes, an hour."


async def test_half_a_sentence_at_the_limit_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    too_long = Streams((BEGUN, HALF), finish="length")
    async with stage(monkeypatch, too_long, says(REST)) as call:
        answer, stored = await call.says()
    assert answer.reply == f"{BEGUN.words}{REST}"
    assert [fault for fault in stored.faults if "LLM_MAX_TOKENS" in fault] == list(stored.faults)


async def test_tools_first_and_words_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many models call tools without a word; the words come when they know the results."""

    def play(asked: dict[str, object]) -> Play:
        messages = asked["messages"]
        assert isinstance(messages, list)
        if messages[-1]["role"] == "tool":
            return says("And how many bedrooms has it?")
        return Streams((Call("ask", {"topic": "bedrooms"}, parts=3),))

    async with stage(monkeypatch, play, says("Not me.")) as call:
        answer, stored = await call.says("I do own it.")
    assert answer.reply == "And how many bedrooms has it?"
    assert stored.model == GROQ
    assert not stored.faults
    assert [(use.sku, use.quantity) for use in stored.usage].count((GROQ, 120)) == 2


async def test_a_busy_ollama_is_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Streams((BEGUN, Pause(None)))
    settings = {"LLM_PROVIDER": "ollama", "OLLAMA_PARALLEL": "1", "OLLAMA_QUEUE": "0"}
    async with stage(monkeypatch, says("Groq."), slow, **settings) as call:
        models, brief = call.chat.conversation._models, await a_brief()
        begun = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            other = group.create_task(
                answered(models.rungs[0].model, brief, lambda piece: begun.set()),
                name="another call",
            )
            await begun.wait()
            answer, stored = await call.says()
            other.cancel()
        assert answer.reply == "Groq."
        assert stored.model == GROQ
        assert circuits(models)[0] == {"model": OLLAMA, "circuit": "closed", "reason": ""}
