"""What is still to come in a call that is imagined: cues in the order of their moments.

A cue is made when its moment comes, for by then it may be void: a timer was cancelled, a decode
overtaken. Cues of one moment come in the order in which they were planned.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Final, TypeAlias

from voice.commands import CancelTimer, SetTimer, Transcribe
from voice.cues import Cue, Timer, TimerFired, TranscriptReady
from voice.endpointing import WINDOW_MS
from voice.ports import Transcript

SHORTEST_MS: Final = WINDOW_MS  # a timer of 0 ms that sets itself again would stop the time

Made: TypeAlias = Callable[[int], Cue | None]  # the cue at its moment; None: it is void by now


class Agenda:
    """The plans of one call. All times in ms of the call."""

    def __init__(self) -> None:
        self._coming: list[tuple[int, int, Made]] = []
        self._order = count()
        self._timers: dict[Timer, object] = {}
        self._decode: object = None  # the decode that is not overtaken

    def at(self, at_ms: int, made: Made) -> None:
        """Plan a cue that is made at its moment."""
        heapq.heappush(self._coming, (at_ms, next(self._order), made))

    def cue(self, cue: Cue) -> None:
        """Plan a cue that comes in any case."""
        self.at(cue.at_ms, lambda _at: cue)

    def next(self, until_ms: float = float("inf")) -> Cue | None:
        """The next cue that is not void, not later than ``until_ms``; None: there is none."""
        while self._coming and self._coming[0][0] <= until_ms:
            at_ms, _, made = heapq.heappop(self._coming)
            cue = made(at_ms)
            if cue is not None:
                return cue
        return None

    def set_timer(self, command: SetTimer, now: int) -> None:
        """The timer runs; one of that name that ran already does not any more."""
        running = self._timers[command.timer] = object()

        def fired(at_ms: int) -> Cue | None:
            if self._timers.get(command.timer) is not running:
                return None
            del self._timers[command.timer]
            return TimerFired(at_ms, command.timer)

        self.at(now + max(SHORTEST_MS, command.after_ms), fired)

    def cancel_timer(self, command: CancelTimer) -> None:
        """The timer does not run any more."""
        self._timers.pop(command.timer, None)

    def decoded(self, command: Transcribe, words: Transcript | None, at_ms: int) -> None:
        """The decode ends at ``at_ms``, unless it is overtaken: a probe overtakes none."""
        decode = object()
        if not command.probe:
            self._decode = decode

        def made(at_ms: int) -> Cue | None:
            if not command.probe and self._decode is not decode:
                return None
            return TranscriptReady(at_ms, command.segment, command.attempt, words, command.probe)

        self.at(at_ms, made)
