"""Frames and sounds: linear audio that carries its sample rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from voice.ports import LINE_HZ, Pcm

FRAME_MS = 20  # one G.711 packet on every carrier we support
FRAME_SAMPLES = LINE_HZ * FRAME_MS // 1000  # 160, and as many bytes of mu-law
MAX_INT16 = 32767


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono audio of any length: 16 bit linear ``samples`` at ``rate_hz``."""

    samples: Pcm
    rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise ValueError(
                f"a sound is a flat int16 array, got {self.samples.dtype} "
                f"with {self.samples.ndim} dimensions"
            )
        if self.rate_hz <= 0:
            raise ValueError(f"a sample rate is positive, got {self.rate_hz}")

    @property
    def duration_ms(self) -> float:
        """How long it sounds, in milliseconds."""
        return self.samples.size * 1000 / self.rate_hz


def silence(duration_ms: float, rate_hz: int = LINE_HZ) -> Pcm:
    """Digital silence of ``duration_ms``, rounded to whole samples of ``rate_hz``."""
    return np.zeros(round(duration_ms * rate_hz / 1000), dtype=np.int16)


def frames(audio: Pcm) -> Iterator[Pcm]:
    """``audio`` (8000 Hz) as frames of 20 ms; the last one is filled up with silence."""
    whole = audio.size - audio.size % FRAME_SAMPLES
    for start in range(0, whole, FRAME_SAMPLES):
        yield audio[start : start + FRAME_SAMPLES]
    if whole < audio.size:
        last = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        last[: audio.size - whole] = audio[whole:]
        yield last


def samples_ms(samples: int, rate_hz: int = LINE_HZ) -> int:
    """The whole milliseconds that ``samples`` last, rounded down."""
    return samples * 1000 // rate_hz
