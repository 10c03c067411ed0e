"""A chat model that says what the test tells it, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from agents.brief import Brief
from agents.ports import ModelPiece
from agents.tools.call import ToolCall
from core.errors import ProviderError
from core.usage import Unit, Usage

# None: stays silent until it is cancelled. A number: silent for so many seconds.
Play = list["str | float | ToolCall | ModelPiece | Exception | None"]


@dataclass
class ScriptedModel:
    """One play per answer, in order. Records the briefs it was given."""

    plays: list[Play]
    name: str = "scripted/1"
    briefs: list[Brief] = field(default_factory=list)

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """See ``agents.ports.ChatModel.answer``."""
        self.briefs.append(brief)
        for step in self.plays.pop(0):
            await asyncio.sleep(0)
            if step is None:
                await asyncio.Event().wait()
            elif isinstance(step, int | float):
                await asyncio.sleep(step)
            elif isinstance(step, str):
                yield ModelPiece(text=step)
            elif isinstance(step, ToolCall):
                yield ModelPiece(tool_calls=(step,))
            elif isinstance(step, ModelPiece):
                yield step
            elif isinstance(step, Exception):
                raise step
        tokens = Usage("scripted/tokens", Unit.LLM_OUTPUT_TOKEN, 7, brief.turn.number)
        yield ModelPiece(usage=(tokens,))


def broken(
    message: str = "gone", *, retryable: bool = True, retry_after_s: float | None = None
) -> ProviderError:
    """The vendor failed."""
    return ProviderError("scripted", message, retryable=retryable, retry_after_s=retry_after_s)


def call(name: str, **arguments: object) -> ToolCall:
    """A tool call."""
    return ToolCall(name, arguments)  # type: ignore[arg-type]  # tests may pass what is no JSON
