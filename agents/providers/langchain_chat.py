"""Any LangChain chat model behind the ChatModel port."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)

from agents.brief import Brief
from agents.ports import ModelPiece
from agents.prompts import rendered
from agents.tools.call import ToolCall
from agents.tools.specs import schema
from core.effects import Json
from core.errors import ProviderError
from core.usage import Unit, Usage


@dataclass(frozen=True, slots=True)
class LangchainChat:
    """A LangChain chat model that answers briefs. ``name``: provider and model, as stored.

    ``sku`` names the tokens in the usage record; a model without one is free. ``takes_brief``: the
    model reads the brief itself, given as keyword argument ``brief``, instead of a prompt.
    """

    model: BaseChatModel
    name: str
    sku: str = ""
    takes_brief: bool = False

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """Stream one completion: text as it comes, each tool call once it is whole.

        Cancel-safe: yes.
        Raises:
            ProviderError: the model failed; nothing more will come.
        """
        bound = self.model.bind_tools([schema(tool) for tool in brief.agent.tools])
        gathered = _Calls(self.name)
        usage: tuple[Usage, ...] = ()
        extras: dict[str, Any] = {"brief": brief} if self.takes_brief else {}
        stream = bound.astream(self._messages(brief), **extras)
        async with aclosing(self._guarded(stream)) as chunks:
            async for chunk in chunks:
                ready = gathered.ready_before(chunk)
                text = _text(chunk)
                if ready or text:
                    yield ModelPiece(text=text, tool_calls=ready)
                usage += self._usage(chunk, brief)
        last = gathered.rest()
        if last or usage:
            yield ModelPiece(tool_calls=last, usage=usage)

    async def _guarded(self, stream: AsyncIterator[Any]) -> AsyncGenerator[AIMessageChunk, None]:
        """The stream, with every fault of the vendor's code as a ProviderError."""
        try:
            async with aclosing(cast("Any", stream)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Exception as error:  # each SDK raises classes of its own
            message = f"{type(error).__name__}: {error}"
            raise ProviderError(self.name, message, retryable=True) from error

    def _messages(self, brief: Brief) -> list[BaseMessage]:
        """The prompt, what was said, and the caller's turn."""
        turn = HumanMessage(brief.turn.text or f"({brief.turn.kind})")
        if self.takes_brief:
            return [turn]
        said: list[BaseMessage] = [
            HumanMessage(line.text) if line.by_caller else AIMessage(line.text)
            for line in brief.history
        ]
        return [SystemMessage(rendered(brief)), *said, turn]

    def _usage(self, chunk: AIMessageChunk, brief: Brief) -> tuple[Usage, ...]:
        counted = chunk.usage_metadata
        if counted is None or not self.sku:
            return ()
        role, turn = brief.agent.role.value, brief.turn.number
        amounts = (
            (Unit.LLM_INPUT_TOKEN, counted["input_tokens"]),
            (Unit.LLM_OUTPUT_TOKEN, counted["output_tokens"]),
        )
        return tuple(Usage(self.sku, unit, count, turn, role) for unit, count in amounts if count)


class _Calls:
    """Puts tool calls together that arrive in pieces."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._open: dict[int, list[str]] = {}  # index -> [name, arguments so far]

    def ready_before(self, chunk: AIMessageChunk) -> tuple[ToolCall, ...]:
        """The calls that are whole because text or another call follows them."""
        indexes = {part["index"] or 0 for part in chunk.tool_call_chunks}
        newer = indexes - self._open.keys()
        done = self.rest() if newer or (_text(chunk) and not indexes) else ()
        for part in chunk.tool_call_chunks:
            entry = self._open.setdefault(part["index"] or 0, ["", ""])
            entry[0] += part["name"] or ""
            entry[1] += part["args"] or ""
        return done

    def rest(self) -> tuple[ToolCall, ...]:
        """Every call gathered so far, as whole."""
        calls = tuple(self._whole(name, text) for name, text in self._open.values())
        self._open.clear()
        return calls

    def _whole(self, name: str, text: str) -> ToolCall:
        try:
            arguments = json.loads(text or "{}")
        except json.JSONDecodeError:
            arguments = None
        if not isinstance(arguments, dict):
            raise ProviderError(self._provider, f"malformed arguments for {name!r}", retryable=True)
        return ToolCall(name, cast("dict[str, Json]", arguments))


def _text(chunk: AIMessageChunk) -> str:
    return chunk.content if isinstance(chunk.content, str) else ""
