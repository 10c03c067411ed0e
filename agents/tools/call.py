"""A tool call, as a model asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.effects import Json


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. Arguments are parsed, not yet validated."""

    name: str
    arguments: Mapping[str, Json]
