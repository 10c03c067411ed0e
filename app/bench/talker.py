"""A chat model that costs nothing and answers in the shape of a real one.

Two tool calls, then two sentences of 25 words in all, one token at a time; before each token the
loop gets its turn, as it does when tokens come from a socket. What it measures is what is around
a model, so it does not think and does not wait.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from app.bench.streaming_only import StreamingOnly

NAME: Final = "bench-talker/1"
SKU: Final = "script-brain"  # in every price book, at nothing
LEAVING: Final = "take me off your list"  # what a caller of the bench says last

TOOLS: Final = (
    ("record_answer", {"question": "bedrooms", "value": 3}),
    ("ask", {"topic": "moving"}),
)
SENTENCES: Final = (
    "Thank you, three bedrooms is a very good size for that area. "
    "When are you thinking of moving, within three months, or later this year?"
)
LAST_TOOLS: Final = (
    ("opt_out", {"wording": LEAVING}),
    ("end_call", {"outcome": "opted_out"}),
)
LAST_SENTENCES: Final = "You are off our list and we will not call you again. Goodbye for now."
USED: Final = UsageMetadata(input_tokens=1800, output_tokens=60, total_tokens=1860)


class Talker(StreamingOnly):
    """The model of the bench."""

    @property
    def _llm_type(self) -> str:
        return "bench"

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        leaving = LEAVING in str(messages[-1].content)
        tools, text = (LAST_TOOLS, LAST_SENTENCES) if leaving else (TOOLS, SENTENCES)
        for index, (name, arguments) in enumerate(tools):
            await asyncio.sleep(0)
            yield _chunk(
                tool_call_chunks=[
                    {
                        "name": name,
                        "args": json.dumps(arguments),
                        "id": f"call_{index}",
                        "index": index,
                        "type": "tool_call_chunk",
                    }
                ]
            )
        for token in tokens(text):
            await asyncio.sleep(0)
            yield _chunk(content=token)
        await asyncio.sleep(0)
        yield _chunk(usage_metadata=USED)


def tokens(text: str) -> list[str]:
    """``text`` as a model streams it: each word with the space before it."""
    first, *rest = text.split()
    return [first, *(f" {word}" for word in rest)]


def _chunk(content: str = "", **rest: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=content, **rest))
