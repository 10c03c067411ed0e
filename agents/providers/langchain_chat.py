"""Any LangChain chat model behind the ChatModel port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeAlias, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from agents.bill import Bill
from agents.brief import Brief
from agents.gathering import Calls, Thoughts
from agents.model_messages import messages_of
from agents.ports import ModelPiece
from agents.tools.plain_schema import plain_schema
from agents.tools.specs import Tool
from agents.vendor import Vendor
from core.errors import ProviderError
from core.usage import Unit, Usage

Bound: TypeAlias = Runnable[LanguageModelInput, AIMessage]

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
    _with_tools: dict[tuple[Tool, ...], Bound] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # one for each agent: vendors' ways of taking tools cost more than a request

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """Stream one completion: text as it comes, each tool call once it is whole.

        Cancel-safe: yes; the vendor's connection is closed at once.
        Raises:
            ProviderError: the model failed or was cut off; nothing more will come.
            BusyError: the model can take no more turns now.
        """
        calls, thoughts = Calls(self.name), Thoughts()
        is_cut = begun = False
        async with self._turn() as waited:
            asked = _Asked.of(self, brief)
            bill = self._bill(asked, brief)
            if waited or bill is not None:
                yield ModelPiece(admitted=waited, bill=bill)
            async with aclosing(self._chunks(asked, bill)) as chunks:
                async for chunk in chunks:
                    usage = self._usage(chunk, brief)
                    if usage:  # at once: the bill counts as settled from here on
                        yield ModelPiece(usage=usage)
                    text = thoughts.without(_text(chunk))
                    ready = calls.ready_before(chunk, text)
                    first = not begun and _size(chunk) > 0
                    begun = begun or first
                    is_cut = is_cut or self._is_cut(chunk)
                    if ready or text or first:
                        yield ModelPiece(text=text, tool_calls=ready, begun=first)
        if is_cut:  # its last sentence is half of one, and so may its last call be
            raise ProviderError(self.name, "the answer was cut at LLM_MAX_TOKENS", retryable=True)
        held = thoughts.rest()
        if held:
            yield ModelPiece(text=held)
        last = calls.rest()
        if last:
            yield ModelPiece(tool_calls=last)

    def with_tools(self, tools: tuple[Tool, ...]) -> Bound:
        """The model as it is asked by an agent with these tools."""
        if tools not in self._with_tools:
            self._with_tools[tools] = self.model.bind_tools([plain_schema(tool) for tool in tools])
        return self._with_tools[tools]

    def _turn(self) -> AbstractAsyncContextManager[bool]:
        return nullcontext(enter_result=False) if self.vendor is None else self.vendor.turn()

    async def _chunks(
        self, asked: _Asked, bill: Bill | None
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """The stream up to its end mark, with every fault of the vendor's code as ours."""
        whole = self.vendor is None
        came = bill or Bill("", 0, "", ())
        try:
            async with aclosing(cast("Any", asked.stream())) as chunks:
                async for chunk in chunks:
                    whole = whole or self._ends(chunk)
                    came.streamed += _size(chunk)
                    came.settled = came.settled or chunk.usage_metadata is not None
                    yield chunk
        except Exception as error:  # each SDK raises classes of its own
            came.settled = came.settled or not came.streamed  # nothing is paid for a refusal
            if self.vendor is None:
                message = f"{type(error).__name__}: {error}"
                raise ProviderError(self.name, message, retryable=True) from error
            if not whole:  # a fault after the end changes nothing
                # Not chained: the text of a vendor's error may hold what the caller said.
                raise self.vendor.fault(error, self.name.partition("/")[2]) from None
        if not whole:
            raise ProviderError(self.name, "the answer was cut off", retryable=True)

    def _bill(self, asked: _Asked, brief: Brief) -> Bill | None:
        """What the vendor will ask for, in case it never tells; None for a model that is free."""
        if not self.sku:
            return None
        texts = [str(message.content) for message in asked.messages]
        tools = _as_text(brief.agent.tools)
        return Bill(self.sku, brief.turn.number, brief.agent.role.value, (*texts, *tools))

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to a model."""

    model: Bound
    messages: list[BaseMessage]
    brief: Brief | None  # for a model that reads it

    @classmethod
    def of(cls, chat: LangchainChat, brief: Brief) -> _Asked:
        """What ``chat`` is asked for ``brief``."""
        tools = [plain_schema(tool) for tool in brief.agent.tools]
        model = chat.with_tools(brief.agent.tools)
        if chat.takes_brief:
            said = HumanMessage(brief.turn.text or f"({brief.turn.kind})")
            return cls(model, [said], brief)
        return cls(model, messages_of(brief, tools, budget=chat.context_tokens), None)

    def stream(self) -> AsyncIterator[AIMessageChunk]:
        """The model's answer as it comes."""
        told: dict[str, Any] = {} if self.brief is None else {"brief": self.brief}
        answer = self.model.astream(self.messages, **told)
        return cast("AsyncIterator[AIMessageChunk]", answer)


def _size(chunk: AIMessageChunk) -> int:
    """The characters of a chunk, whatever they are for."""
    calls = sum(
        len(part["name"] or "") + len(part["args"] or "") for part in chunk.tool_call_chunks
    )
    return len(_text(chunk)) + calls


def _text(chunk: AIMessageChunk) -> str:
    """The words of a chunk; most have nothing but them."""
    return chunk.content if isinstance(chunk.content, str) else chunk.text


@cache
def _as_text(tools: tuple[Tool, ...]) -> tuple[str, ...]:
    """The tools of an agent as they are counted."""
    return tuple(str(plain_schema(tool)) for tool in tools)
