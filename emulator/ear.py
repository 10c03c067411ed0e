"""Voice activity by energy: when a side of the call is sounding, to the sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np

from emulator.g711 import FRAME_BYTES, SAMPLES_PER_MS, SILENT_FRAME, dbfs, decode

SOUND_DBFS: Final = -45.0  # far above comfort noise (-65), below any speech on a phone line
BRIDGE_MS: Final = 300  # a shorter silence is a stop consonant or a comma, not an end
_KNOWN_FRAMES: Final = 1024  # room noise repeats itself every second, so most frames are known
_LOUD_SAMPLE: Final = round(32768 * 10 ** (SOUND_DBFS / 20))


@lru_cache(_KNOWN_FRAMES)
def _sounds(frame: bytes) -> bool:
    return dbfs(frame) > SOUND_DBFS


class Ear:
    """Listens to one side, frame by frame.

    ``started`` and ``stopped`` are called with the millisecond of the first sample and of the
    end of the last one; the latter comes ``BRIDGE_MS`` late, once the silence has lasted.
    """

    def __init__(
        self,
        started: Callable[[float], None] | None = None,
        stopped: Callable[[float], None] | None = None,
    ) -> None:
        self._started = started
        self._stopped = stopped
        self._position = 0
        self._first: int | None = None  # first sample of the present stretch of sound
        self._last = 0  # sample after the last sound

    @property
    def line_ms(self) -> float:
        """How long it has listened."""
        return self._position / SAMPLES_PER_MS

    @property
    def sounding_ms(self) -> float:
        """How long the present stretch of sound has lasted; zero in silence."""
        if self._first is None:
            return 0.0
        return (self._position - self._first) / SAMPLES_PER_MS

    @property
    def quiet_ms(self) -> float:
        """How long ago the last sound was; from the beginning when there was none."""
        return (self._position - self._last) / SAMPLES_PER_MS

    def hear(self, frame: bytes) -> bool:
        """Take in the next 20 ms; True when there is sound in it."""
        sounds = frame != SILENT_FRAME and _sounds(frame)
        if sounds:
            loud = np.flatnonzero(np.abs(decode(frame).astype(np.int32)) >= _LOUD_SAMPLE)
            if self._first is None:
                self._first = self._position + int(loud[0])
                self._report(self._started, self._first)
            self._last = self._position + int(loud[-1]) + 1
        self._position += FRAME_BYTES
        if self._first is not None and self.quiet_ms >= BRIDGE_MS:
            self.close()
        return sounds

    def close(self) -> None:
        """The line is closed: a sound that goes on ends here."""
        if self._first is not None:
            self._first = None
            self._report(self._stopped, self._last)

    def _report(self, told: Callable[[float], None] | None, sample: int) -> None:
        if told is not None:
            told(sample / SAMPLES_PER_MS)
