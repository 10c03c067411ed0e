"""One detector for all calls: the windows of many calls are gathered and judged in batches.

With few calls on the line a window is judged the moment it is complete: it costs 50 us. With many
it waits for those of other calls, 8 ms at the most, because in a batch of 32 it costs 18 us. How
many there are is told by the windows themselves: every call completes one each 32 ms.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from voice.vad import MOST_AT_ONCE, WINDOW_MS, SharedVad, VadStream, Voiced

log = structlog.get_logger(__name__)

GATHER_S: Final = 0.008  # the longest that a window waits for company: a quarter of its length
FEW_CALLS: Final = 8  # fewer make batches that gain less than the wait costs
COUNT_WINDOWS: Final = 8  # a call completes so many while they are counted
COUNT_S: Final = COUNT_WINDOWS * WINDOW_MS / 1000
ALONE_AT_ONCE: Final = 4  # windows of one call judged in a row, 0.2 ms; the rest after others


class Ear:
    """One call at the hub. ``on_window`` gets its windows, in order."""

    __slots__ = ("is_waiting", "on_window", "stream")

    def __init__(self, on_window: Callable[[Voiced], None]) -> None:
        self.stream = VadStream()
        self.on_window = on_window
        self.is_waiting = False  # among those that are due


class VadHub:
    """Judges the windows of all calls of a process. To be used on one event loop."""

    def __init__(self, vad: SharedVad) -> None:
        self._vad = vad
        self._due: deque[Ear] = deque()  # ears with a whole window, each once
        self._next: asyncio.Handle | None = None
        self._counting_since_s = 0.0
        self._counted = 0  # windows since then
        self._busy = False

    def feed(self, ear: Ear, payload: bytes) -> None:
        """Take mu-law sound of one call in; ``ear.on_window`` is called now or within 8 ms."""
        ear.stream.hear(payload)
        if ear.is_waiting or not ear.stream.windows:
            return
        loop = asyncio.get_running_loop()
        self._count(loop.time())
        if not self._busy:
            self._judge_alone(ear)
            if not ear.stream.windows:
                return
        ear.is_waiting = True
        self._due.append(ear)
        if len(self._due) >= MOST_AT_ONCE:
            self._judge_due()
        elif self._next is None:
            self._next = loop.call_later(GATHER_S if self._busy else 0, self._judge_due)

    def _count(self, now_s: float) -> None:
        """Tell from the windows of the last quarter of a second whether there are many calls."""
        self._counted += 1
        passed_s = now_s - self._counting_since_s
        if passed_s >= COUNT_S:
            calls = self._counted / COUNT_WINDOWS * (COUNT_S / passed_s)
            self._busy = calls >= FEW_CALLS
            self._counting_since_s = now_s
            self._counted = 0

    def _judge_alone(self, ear: Ear) -> None:
        for _ in range(min(ear.stream.windows, ALONE_AT_ONCE)):
            (voiced,) = self._vad.judge((ear.stream,))
            ear.on_window(voiced)

    def _judge_due(self) -> None:
        """Judge one window of each call that waits, 32 at the most; then let others work."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        batch = [self._due.popleft() for _ in range(min(len(self._due), MOST_AT_ONCE))]
        for ear in batch:
            ear.is_waiting = False
        judged = self._vad.judge([ear.stream for ear in batch])
        for ear, voiced in zip(batch, judged, strict=True):
            if ear.stream.windows:
                ear.is_waiting = True
                self._due.append(ear)
            try:
                ear.on_window(voiced)
            except Exception:
                log.exception("window lost")  # of this call; the others are told theirs
        if self._due:
            self._next = asyncio.get_running_loop().call_soon(self._judge_due)
