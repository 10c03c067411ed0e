"""Any LangChain chat model behind the ChatModel port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass
from typing import Any, Final, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage

from agents.brief import Brief
from agents.gathering import Calls, Thoughts
from agents.model_messages import messages_of
from agents.ports import ModelPiece
from agents.tools.plain_schema import plain_schema
from agents.vendor import Vendor
from core.errors import ProviderError
from core.usage import Unit, Usage

LENGTH: Final = "length"  # the word of every vendor for "no more tokens"


@dataclass(frozen=True, slots=True)
class LangchainChat:
    """A LangChain chat model that answers briefs. ``name``: provider and model, as stored.

    ``sku`` names the tokens in the usage record; a model without one is free. ``takes_brief``: the
    model reads the brief itself, given as keyword argument ``brief``, instead of a prompt.
    ``vendor`` knows the model's faults; without one, any fault is worth another attempt.
    ``context_tokens``: what the prompt, the history and the tools may take together.
    """

    model: BaseChatModel
    name: str
    sku: str = ""
    takes_brief: bool = False
    vendor: Vendor | None = None
    context_tokens: int | None = None

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """Stream one completion: text as it comes, each tool call once it is whole.

        Cancel-safe: yes; the vendor's connection is closed at once.
        Raises:
            ProviderError: the model failed or was cut off; nothing more will come.
            BusyError: the model can take no more turns now.
        """
        calls, thoughts = Calls(self.name), Thoughts()
        usage: tuple[Usage, ...] = ()
        is_cut = False
        async with self._turn() as waited, aclosing(self._chunks(brief)) as chunks:
            if waited:
                yield ModelPiece(admitted=True)
            async for chunk in chunks:
                text = thoughts.without(chunk.text)
                ready = calls.ready_before(chunk, text)
                if ready or text:
                    yield ModelPiece(text=text, tool_calls=ready)
                usage += self._usage(chunk, brief)
                is_cut = is_cut or self._is_cut(chunk)
        if is_cut:  # its last sentence is half of one, and so may its last call be
            yield ModelPiece(usage=usage)
            raise ProviderError(self.name, "the answer was cut at LLM_MAX_TOKENS", retryable=True)
        held = thoughts.rest()
        if held:
            yield ModelPiece(text=held)
        last = calls.rest()
        if last or usage:
            yield ModelPiece(tool_calls=last, usage=usage)

    def _turn(self) -> AbstractAsyncContextManager[bool]:
        return nullcontext(enter_result=False) if self.vendor is None else self.vendor.turn()

    async def _chunks(self, brief: Brief) -> AsyncGenerator[AIMessageChunk, None]:
        """The stream up to its end mark, with every fault of the vendor's code as ours."""
        whole = self.vendor is None
        try:
            async with aclosing(cast("Any", self._stream(brief))) as chunks:
                async for chunk in chunks:
                    whole = whole or self._ends(chunk)
                    yield chunk
        except Exception as error:  # each SDK raises classes of its own
            if self.vendor is None:
                message = f"{type(error).__name__}: {error}"
                raise ProviderError(self.name, message, retryable=True) from error
            if not whole:  # a fault after the end changes nothing
                # Not chained: the text of a vendor's error may hold what the caller said.
                raise self.vendor.fault(error, self.name.partition("/")[2]) from None
        if not whole:
            raise ProviderError(self.name, "the answer was cut off", retryable=True)

    def _stream(self, brief: Brief) -> AsyncIterator[AIMessageChunk]:
        tools = [plain_schema(tool) for tool in brief.agent.tools]
        bound = self.model.bind_tools(tools)
        if self.takes_brief:
            asked: list[BaseMessage] = [HumanMessage(brief.turn.text or f"({brief.turn.kind})")]
            return cast("AsyncIterator[AIMessageChunk]", bound.astream(asked, brief=brief))
        asked = messages_of(brief, tools, budget=self.context_tokens)
        return cast("AsyncIterator[AIMessageChunk]", bound.astream(asked))

    def _ends(self, chunk: AIMessageChunk) -> bool:
        mark = "" if self.vendor is None else self.vendor.end_mark
        return bool(chunk.response_metadata.get(mark))

    def _is_cut(self, chunk: AIMessageChunk) -> bool:
        """Whether the answer ended because it was as long as it may be."""
        mark = "" if self.vendor is None else self.vendor.reason_mark
        return chunk.response_metadata.get(mark) == LENGTH

    def _usage(self, chunk: AIMessageChunk, brief: Brief) -> tuple[Usage, ...]:
        counted = chunk.usage_metadata
        if counted is None or not self.sku:
            return ()
        cached = counted.get("input_token_details", {}).get("cache_read") or 0
        role, turn = brief.agent.role.value, brief.turn.number
        amounts = (
            (Unit.LLM_INPUT_TOKEN, counted["input_tokens"] - cached),  # the vendor counts it twice
            (Unit.LLM_CACHED_TOKEN, cached),
            (Unit.LLM_OUTPUT_TOKEN, counted["output_tokens"]),
        )
        return tuple(Usage(self.sku, unit, count, turn, role) for unit, count in amounts if count)
