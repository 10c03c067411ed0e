"""A call's inbox: stamped cues in the order they came, bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import structlog

from core.call import EndReason
from voice.cues import Cue, LineDropped, VoiceWindow

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 512  # cues; voice windows beyond it are dropped, 16 s of them when idle
# Answers, keys and timers: a call has some ten of them under way. So many that wait mean that
# nobody takes them any more, or that somebody makes them without end.
MOST_ANSWERS: Final = 1024


class Inbox:
    """Everything that reaches one call. When full, the oldest voice window gives way.

    Only voice windows come in floods; every other cue answers something that was asked for, so
    none is dropped. A call with too many of them is beyond repair: the next cue it gets is the
    end of the line, for which the carrier speaks our apology.
    """

    def __init__(self) -> None:
        self._cues: deque[Cue] = deque()
        self._windows = 0  # of the cues
        self._wake = asyncio.Event()
        self.dropped = 0  # voice windows that gave way
        self.refused = 0  # other cues, once the call was beyond repair

    @property
    def is_empty(self) -> bool:
        """Whether no cue waits."""
        return not self._cues

    def put(self, cue: Cue) -> None:
        """Queue ``cue``."""
        if isinstance(cue, VoiceWindow):
            self._windows += 1
        elif len(self._cues) - self._windows >= MOST_ANSWERS:
            self._refuse(cue)
            return
        if len(self._cues) >= MOST_WAITING and self._windows > 1:
            self._make_room()
        self._cues.append(cue)
        if len(self._cues) == 1:
            self._wake.set()

    async def get(self) -> Cue:
        """The next cue. Cancel-safe: yes."""
        while not self._cues:
            self._wake.clear()
            await self._wake.wait()
        cue = self._cues.popleft()
        if isinstance(cue, VoiceWindow):
            self._windows -= 1
        return cue

    def _make_room(self) -> None:
        """Drop the oldest window that waits."""
        for waiting in self._cues:
            if isinstance(waiting, VoiceWindow):
                self._cues.remove(waiting)
                self._windows -= 1
                self.dropped += 1
                return

    def _refuse(self, cue: Cue) -> None:
        self.refused += 1
        if self.refused == 1:
            log.error("call beyond repair: its inbox is full", waiting=len(self._cues))
            self._cues.appendleft(LineDropped(cue.at_ms, EndReason.INTERNAL_ERROR))
