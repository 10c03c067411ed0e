"""How quick the machine is at this moment: on a shared one it changes by the minute."""

from __future__ import annotations

import statistics
import time
from typing import Final

import numpy as np

from voice.audio import g711
from voice.vad import WINDOW, SharedVad, VadStream

WINDOWS: Final = 400


def window_us() -> float:
    """What one window of Silero by itself takes now, microseconds; the middle of 400."""
    vad, stream = SharedVad(), VadStream()
    noise = np.random.default_rng(1).normal(0, 800, WINDOW).astype(np.int16)
    payload = g711.encode(noise)
    took: list[float] = []
    for _ in range(WINDOWS):
        stream.hear(payload)
        begun = time.perf_counter()
        vad.judge((stream,))
        took.append(time.perf_counter() - begun)
    return 1e6 * statistics.median(took)
