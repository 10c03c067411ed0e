"""The script brain as a LangChain chat model: streams words and tool calls like any other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agents.brief import Brief
from agents.providers.script_brain.conduct import conduct
from agents.providers.script_brain.reply import Step

VERSION = "script-brain/1"


class ScriptBrain(BaseChatModel):
    """A chat model without weights. It needs the brief as keyword argument ``brief``.

    Deterministic, no I/O, free of charge, and never slower than a few milliseconds.
    """

    @property
    def _llm_type(self) -> str:
        return VERSION

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model itself: it knows the tools of the house."""
        return self.bind(tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        whole: AIMessageChunk | None = None
        for chunk in _chunks(conduct(_brief(kwargs))):
            whole = chunk if whole is None else whole + chunk
        calls = [] if whole is None else whole.tool_calls
        message = AIMessage(content="" if whole is None else whole.content, tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(conduct(_brief(kwargs))):
            yield ChatGenerationChunk(message=chunk)


def _brief(kwargs: dict[str, Any]) -> Brief:
    brief = kwargs.get("brief")
    if not isinstance(brief, Brief):
        raise TypeError("ScriptBrain is called with brief=Brief(...)")
    return brief


def _chunks(steps: Sequence[Step]) -> Iterator[AIMessageChunk]:
    """The answer as a model streams it: one sentence or one whole tool call at a time."""
    calls = 0
    for step in steps:
        if isinstance(step, str):
            yield AIMessageChunk(content=f"{step} ")
            continue
        call = tool_call_chunk(
            name=step.name, args=json.dumps(dict(step.arguments)), id=f"call_{calls}", index=calls
        )
        calls += 1
        yield AIMessageChunk(content="", tool_call_chunks=[call])
