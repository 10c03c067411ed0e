"""The two vendors of language models behind one door, so that one suite tries both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from agents.brief import Brief
from agents.ports import ChatModel, ModelPiece
from agents.providers.langchain_chat import LangchainChat
from agents.providers.llm_groq.account import GroqConfig
from agents.providers.llm_groq.models import open_groq
from agents.providers.llm_ollama.models import open_ollama
from agents.providers.llm_ollama.server import OllamaConfig
from agents.tools.call import ToolCall
from agents.vendor import Vendor
from core.errors import ProviderError
from core.usage import Usage
from tests.fakes.groq_server import KEY, GroqServer, groq_server
from tests.fakes.model_plays import Handler, Play
from tests.fakes.ollama_server import OllamaServer, ollama_server
from tests.unit.conversations import House
from tests.unit.graph.scripted_model import ScriptedModel

SECRET = ("secret words", "gsk_")
GROQ_MODEL, OLLAMA_MODEL = "openai/gpt-oss-120b", "llama3.1:8b"


@dataclass
class Door:
    """A vendor's model, and the server behind it."""

    chat: LangchainChat
    vendor: Vendor
    server: GroqServer | OllamaServer

    @property
    def last(self) -> dict[str, Any]:
        """The body of the last completion that was asked for."""
        return self.server.chats[-1]


Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Door]]


@asynccontextmanager
async def groq(
    play: Play | Handler,
    *,
    key: str = KEY,
    model: str = GROQ_MODEL,
    context_tokens: int | None = None,
) -> AsyncIterator[Door]:
    """Groq's model, as the program opens it."""
    async with groq_server(as_handler(play)) as server:
        config = GroqConfig(api_key=key, models=(model,), base_url=server.url)
        async with open_groq(config) as vendor:
            chat = LangchainChat(
                vendor.model(model, 0.3),
                f"groq/{model}",
                f"groq/{model}",
                False,
                vendor,
                context_tokens,
            )
            yield Door(chat, vendor, server)


@asynccontextmanager
async def ollama(
    play: Play | Handler,
    *,
    model: str = OLLAMA_MODEL,
    context_tokens: int | None = None,
    parallel: int = 2,
    queue: int = 1,
    wait_s: float = 5.0,
) -> AsyncIterator[Door]:
    """Ollama's model, as the program opens it."""
    async with ollama_server(as_handler(play)) as server:
        config = OllamaConfig(
            models=(model,),
            base_url=server.url,
            parallel=parallel,
            queue=queue,
            wait_s=wait_s,
        )
        async with open_ollama(config) as vendor:
            chat = LangchainChat(
                vendor.model(model, 0.3),
                f"ollama/{model}",
                "ollama",
                False,
                vendor,
                context_tokens,
            )
            yield Door(chat, vendor, server)


def as_handler(play: Play | Handler) -> Handler:
    """One play for every completion, or the handler itself."""
    return play if callable(play) else lambda asked: play


async def a_brief() -> Brief:
    """The brief of a second turn, as the graph makes it."""
    model = ScriptedModel([["Hello."], ["Yes."]])
    chat = await House(model=model).chat()
    await chat.begin()
    await chat.say("yes speaking")
    return model.briefs[-1]


@dataclass
class Heard:
    """A whole completion."""

    pieces: list[ModelPiece]

    @property
    def text(self) -> str:
        """Every word of it."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def calls(self) -> list[ToolCall]:
        """Every tool call of it."""
        return [call for piece in self.pieces for call in piece.tool_calls]

    @property
    def usage(self) -> list[Usage]:
        """What it used."""
        return [each for piece in self.pieces for each in piece.usage]


async def answered(
    chat: ChatModel, brief: Brief, seen: Callable[[ModelPiece], None] | None = None
) -> Heard:
    """The completion, heard to its end."""
    pieces = []
    async for piece in chat.answer(brief):
        if not (piece.text or piece.tool_calls or piece.usage or piece.admitted):
            continue  # it tells that the model was asked, or that it begins
        pieces.append(piece)
        if seen is not None:
            seen(piece)
    return Heard(pieces)


def assert_discreet(error: ProviderError) -> None:
    """Nothing of a vendor's error text in the message, nor behind it."""
    assert not any(secret in str(error) for secret in SECRET)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


def assert_plain(schema: dict[str, Any]) -> None:
    """A JSON schema without references, unions and titles."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert set(types) <= {"object", "array", "string", "integer", "number", "boolean", "null"}
    assert not {"$ref", "$defs", "anyOf", "title"} & {
        key for key, value in schema.items() if value is not None
    }
    for each in (schema.get("properties") or {}).values():
        assert_plain(each)
    assert set(schema.get("required") or []) <= set(schema.get("properties") or {})
    if schema.get("items") is not None:
        assert_plain(schema["items"])
