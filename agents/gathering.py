"""Puts a streamed completion together: tool calls that come in pieces, thoughts that must not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, cast

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk

from agents.tools.call import ToolCall
from agents.tools.specs import Tool
from core.effects import Json
from core.errors import ProviderError

THINKS, THOUGHT = "<think>", "</think>"
NO_ARGUMENTS: Final = ("", "null")  # how some models write "none"


@dataclass
class _Open:
    """A call whose pieces still come in."""

    index: int | None
    id: str
    name: str
    arguments: str

    def takes(self, part: ToolCallChunk) -> bool:
        """Whether ``part`` is a further piece of this call."""
        if part["index"] != self.index:
            return False
        if part["id"] and self.id:  # vendors name a call in its first piece or in each
            return part["id"] == self.id
        return self.index is not None or not part["name"]


class Calls:
    """The tool calls of one completion."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._open: list[_Open] = []

    def ready_before(self, chunk: AIMessageChunk, text: str) -> tuple[ToolCall, ...]:
        """The calls that are whole because text follows them. Takes the chunk's pieces in."""
        parts = chunk.tool_call_chunks
        done = self.rest() if text.strip() and not parts else ()
        for part in parts:
            call = next((each for each in reversed(self._open) if each.takes(part)), None)
            if call is None:
                call = _Open(part["index"], part["id"] or "", "", "")
                self._open.append(call)
            call.name += part["name"] or ""
            call.arguments += part["args"] or ""
        return done

    def rest(self) -> tuple[ToolCall, ...]:
        """Every call gathered so far, as whole. Raises ProviderError for one that is not."""
        calls = tuple(self._whole(each) for each in self._open)
        self._open.clear()
        return calls

    def _whole(self, call: _Open) -> ToolCall:
        try:
            given = "{}" if call.arguments.strip() in NO_ARGUMENTS else call.arguments
            arguments = json.loads(given)
        except json.JSONDecodeError:
            arguments = None
        if not isinstance(arguments, dict) or not call.name:
            known = call.name if call.name in tuple(Tool) else "a tool of no known name"
            raise ProviderError(self._provider, f"malformed arguments for {known}", retryable=True)
        return ToolCall(call.name, cast("dict[str, Json]", arguments))


class Thoughts:
    """Drops what a reasoning model thinks aloud in tags before its answer."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking: bool | None = None  # None: not known yet

    def without(self, text: str) -> str:
        """What of ``text``, and of text held back, is the answer's."""
        if self._thinking is False:
            return text
        self._held += text
        begun = self._held.lstrip()
        if self._thinking is None:
            if THINKS.startswith(begun[: len(THINKS)]) and len(begun) < len(THINKS):
                return ""  # may become the tag
            self._thinking = begun.startswith(THINKS)
        if self._thinking:
            _, tag, answer = begun.partition(THOUGHT)
            if not tag:
                return ""
            self._thinking, self._held = False, ""
            return answer.lstrip()
        held, self._held = self._held, ""
        return held

    def rest(self) -> str:
        """What was held back and turned out to be no tag."""
        held, self._held = self._held, ""
        return "" if self._thinking else held
