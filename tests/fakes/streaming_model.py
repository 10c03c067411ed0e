"""A LangChain chat model that streams what a test makes it, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import Runnable
from pydantic import Field

from app.bench.streaming_only import StreamingOnly

Answers = Callable[[], AsyncIterator[AIMessageChunk]]


class StreamingModel(StreamingOnly):
    """``answers`` makes each answer; it is closed when the stream of it is."""

    answers: Answers
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    tools: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "streaming"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Keep the tools."""
        self.tools.extend(tools)
        return super().bind_tools(tools, tool_choice=tool_choice, **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.asked.append(messages)
        answer: Any = self.answers()
        try:
            async for chunk in answer:
                yield ChatGenerationChunk(message=chunk)
        finally:
            await answer.aclose()
