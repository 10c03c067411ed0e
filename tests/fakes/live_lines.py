"""A live feed that was written before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from core.ids import CallId


@dataclass
class WrittenLines:
    """``api.services.LiveLines``: ``lines`` in order, None for a wait."""

    lines: list[tuple[str, str] | None] = field(default_factory=list)
    asked: list[tuple[CallId, str]] = field(default_factory=list)

    async def follow(self, call_id: CallId, after: str) -> AsyncIterator[tuple[str, str] | None]:
        """What was written."""
        self.asked.append((call_id, after))
        for line in self.lines:
            yield line
