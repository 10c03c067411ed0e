"""The playout clock of one call: what the far end has played by now, though we cannot see it.

Theory. Sound plays without a gap from the moment its first message arrives. On our own clock a
stretch begins when it is sent, or where the one before it ends; the far end runs later by that
first message's way out, which is one and the same for all of the run. A ``clear`` sent now has a
way of its own, so the far end will have played up to now, plus the clear's way, minus the run's.
Neither way can be seen, but each echo of a mark tells the run's way out plus a way back; with the
mean over the runs so far as what is usual for both ways together, the difference of the two is
the correction, whatever the share of each direction.
"""

from __future__ import annotations

from collections import deque
from statistics import fmean, median
from typing import Final

ECHOES: Final = 8  # the latest, under a second of sound: a hole at the far end shows soon
RUNS: Final = 16  # so many runs tell what is usual; a network changes over minutes


class PlayoutClock:
    """When what we send is played. Times in ms on the call's clock."""

    def __init__(self) -> None:
        self.plays_until_ms = 0.0  # where what was sent so far ends
        self.run = 0  # numbers the stretches of sound without a gap
        self._lags: deque[float] = deque(maxlen=ECHOES)  # echo times past the end of the sound
        self._usual: deque[float] = deque(maxlen=RUNS)

    def sent(self, now_ms: float, sound_ms: float) -> float:
        """When ``sound_ms`` of sound that goes out now begins to play."""
        if now_ms > self.plays_until_ms:
            self.stop()
        begins_ms = max(now_ms, self.plays_until_ms)
        self.plays_until_ms = begins_ms + sound_ms
        return begins_ms

    def echoed(self, run: int, ends_ms: float, now_ms: float) -> None:
        """The mark behind sound of ``run`` that ends at ``ends_ms`` came back now."""
        if run == self.run:
            self._lags.append(now_ms - ends_ms)

    def stop(self) -> None:
        """The run is over: it ran out, or a clear is on its way."""
        if self._lags:
            self._usual.append(median(self._lags))
        self._lags.clear()
        self.plays_until_ms = 0.0
        self.run += 1

    def played_by_ms(self, now_ms: float) -> float:
        """Up to where sound will have been played when a message sent now arrives."""
        if not self._lags:
            return now_ms
        lag = median(self._lags)
        return now_ms + fmean((*self._usual, lag)) - lag
