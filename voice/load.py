"""How loaded this process is: may another call come, or would it spoil those that are here?

Two measures tell. *Loop lag* is how late a timer fires: all work of all calls is done between
timers, so it grows before anything can be heard. *Playout margin* is the sound that the carrier
still has of a speaking call: when it is used up, the caller hears a hole. New calls are turned
away while either is bad, and for a while after, politely and before they have a stream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from heapq import nlargest
from typing import Final

import structlog

from core.ids import CallId

log = structlog.get_logger(__name__)

TICK_S: Final = 0.02  # waking up an idle process so costs 0.02 of a core on a virtual machine
LOOK_BACK_S: Final = 10.0
TICKS_KEPT: Final = round(LOOK_BACK_S / TICK_S)
LOOK_EVERY: Final = 5  # ticks: margins are asked for, and a verdict is found, each 100 ms
MOST_LAG_MS: Final = 100.0  # p99; the carrier has 400 ms of sound at least
LEAST_MARGIN_MS: Final = 100.0
MARGIN_WITHIN_S: Final = 5.0  # a margin that was low twice in this time is no accident
CALM_S: Final = 5.0  # so long must both be well before calls are taken again
PLACE_S: Final = 15.0  # from our answer to the webhook until the stream starts


class LoadGauge:
    """Watches the event loop that it runs on.

    ``margins`` gives the playout margin, in ms, of each call that is speaking now.
    """

    def __init__(self, margins: Callable[[], Iterable[float]] = tuple) -> None:
        self.margins = margins
        self._lags: deque[float] = deque(maxlen=TICKS_KEPT)  # ms
        self._low_at: deque[float] = deque(maxlen=2)  # when a margin was low
        self._well_since_s: float | None = None
        self._p99_ms = 0.0
        self.reason = ""  # why no call may come; empty while one may

    @property
    def has_room(self) -> bool:
        """Whether another call may come."""
        return not self.reason

    @property
    def lag_p99_ms(self) -> float:
        """How late timers fired in the last 10 s, 99 of 100 of them."""
        return self._p99_ms

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        ticks = 0
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self._lags.append(max(0.0, (loop.time() - due) * 1000))
            ticks += 1
            if ticks % LOOK_EVERY == 0:
                self._look(loop.time())

    def _look(self, now_s: float) -> None:
        """Find the verdict of this moment."""
        self._p99_ms = _p99(self._lags)
        margin_ms = min(self.margins(), default=None)
        if margin_ms is not None and margin_ms < LEAST_MARGIN_MS:
            self._low_at.append(now_s)
        reason = self._trouble(now_s)
        if reason:
            self._well_since_s = None
            if not self.reason:
                log.warning("no room for more calls", reason=reason, lag_ms=round(self._p99_ms))
            self.reason = reason
        elif self.reason and self._is_well_again(now_s, margin_ms):
            log.info("room for calls again", lag_ms=round(self._p99_ms))
            self.reason = ""

    def _trouble(self, now_s: float) -> str:
        if self._p99_ms > MOST_LAG_MS:
            return "loop lag"
        twice = len(self._low_at) == 2 and now_s - self._low_at[0] <= MARGIN_WITHIN_S
        return "playout margin" if twice else ""

    def _is_well_again(self, now_s: float, margin_ms: float | None) -> bool:
        """Whether lag was below half its limit, and margin above twice, for long enough."""
        well = self._p99_ms <= MOST_LAG_MS / 2 and (
            margin_ms is None or margin_ms >= LEAST_MARGIN_MS * 2
        )
        if not well:
            self._well_since_s = None
        elif self._well_since_s is None:
            self._well_since_s = now_s
        return self._well_since_s is not None and now_s - self._well_since_s >= CALM_S


class Places:
    """Calls that were told to come and whose streams have not: their places are kept for them."""

    def __init__(self) -> None:
        self._until_s: dict[CallId, float] = {}

    def reserve(self, call_id: CallId) -> None:
        """Keep a place for the call, for 15 s."""
        now_s = asyncio.get_running_loop().time()
        self._forget(now_s)
        self._until_s.pop(call_id, None)
        self._until_s[call_id] = now_s + PLACE_S

    def claim(self, call_id: CallId) -> bool:
        """The call has come: whether a place was kept for it. It is no longer."""
        until_s = self._until_s.pop(call_id, None)
        return until_s is not None and until_s >= asyncio.get_running_loop().time()

    @property
    def kept(self) -> int:
        """How many places are kept now."""
        self._forget(asyncio.get_running_loop().time())
        return len(self._until_s)

    def _forget(self, now_s: float) -> None:
        """Give away the places of calls that never came; they wait in the order they expire."""
        while self._until_s:
            first = next(iter(self._until_s))
            if self._until_s[first] >= now_s:
                return
            del self._until_s[first]


def _p99(lags: Collection[float]) -> float:
    """The lag that one tick in a hundred of the whole window reaches.

    The ticks before a process began count as punctual: one long tick of its start is no load.
    """
    above = TICKS_KEPT // 100
    return nlargest(above, lags)[-1] if len(lags) >= above else 0.0
