"""A call's inbox: stamped cues in the order they came, bounded."""

from __future__ import annotations

import asyncio
from collections import deque

from voice.cues import Cue, VoiceWindow

MOST_WAITING = 512  # cues; voice windows beyond it are dropped, 16 s of them on an idle inbox


class Inbox:
    """Everything that reaches one call. When full, the oldest voice window gives way.

    Only voice windows come in floods; every other cue answers something that was asked for,
    so it is always accepted.
    """

    def __init__(self) -> None:
        self._cues: deque[Cue] = deque()
        self._wake = asyncio.Event()
        self.dropped = 0  # voice windows that gave way

    def put(self, cue: Cue) -> None:
        """Queue ``cue``."""
        if len(self._cues) >= MOST_WAITING:
            self._make_room()
        self._cues.append(cue)
        self._wake.set()

    async def get(self) -> Cue:
        """The next cue. Cancel-safe: yes."""
        while not self._cues:
            self._wake.clear()
            await self._wake.wait()
        return self._cues.popleft()

    def _make_room(self) -> None:
        for waiting in self._cues:
            if isinstance(waiting, VoiceWindow):
                self._cues.remove(waiting)
                self.dropped += 1
                return
