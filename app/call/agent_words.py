"""What the agent has said since the caller last spoke, as the live feed tells it."""

from __future__ import annotations

import asyncio

from core.events import LiveEvent, LiveKind


class AgentWords:
    """The agent's latest words. Made inside a running loop."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._came = asyncio.Event()

    @property
    def text(self) -> str:
        """All sentences since ``forget``."""
        return " ".join(self._pieces)

    def take(self, event: LiveEvent) -> None:
        """Take in one event of the live feed."""
        if event.kind is LiveKind.SAID and (text := str(event.data.get("text") or "")):
            self._pieces.append(text)
            self._came.set()

    def forget(self) -> None:
        """The caller has spoken: what was said before needs no answer any more."""
        self._pieces.clear()
        self._came.clear()

    async def more(self) -> str:
        """Wait for a sentence that was not yet asked for; the text with it. Cancel-safe: yes."""
        await self._came.wait()
        self._came.clear()
        return self.text
