"""Frame resampler: 20 ms in, exactly 20 ms out, one matrix product per frame.

Every rate we meet has a whole number of samples in 20 ms, so the weights of a windowed-sinc
interpolation are the same for every frame. They are computed once per pair of rates into a
matrix M, and a frame is ``y = M @ [history | frame]``, where the history is the last 4 ms of
input. The kernel reaches 2 ms to either side, which makes the output 2 ms late. `Resampler`
hides the delay: it takes chunks of any length, aligns what it gives out with what it took in,
and its flush returns the tail.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInputError
from voice.audio.frame import FRAME_MS, Sound
from voice.ports import LINE_HZ, Pcm

RATES_HZ = (8000, 16000, 22050, 24000, 44100)  # carriers, models and voices in use
REACH_MS = 2  # half the kernel: 33 taps at 8 kHz, over 50 dB of stop band from 4.5 kHz
KAISER_BETA = 5.65  # the window's stop band at about -60 dB
CUTOFF = 0.9625  # of the lower Nyquist rate: 3850 Hz at 8 kHz, half way down the slope


@cache
def _matrix(from_hz: int, to_hz: int) -> tuple[NDArray[np.float32], int]:
    """The weights [samples out, history + samples in] of one frame, and the history's length."""
    for rate in (from_hz, to_hz):
        if rate not in RATES_HZ:
            raise InvalidInputError(f"{rate} Hz is not one of {RATES_HZ}", field="rate_hz")
    samples_in = from_hz * FRAME_MS // 1000
    samples_out = to_hz * FRAME_MS // 1000
    history = -(-2 * REACH_MS * from_hz // 1000)
    at_in = np.arange(-history, samples_in) / from_hz
    at_out = np.arange(samples_out) / to_hz - REACH_MS / 1000
    apart = at_out[:, None] - at_in[None, :]
    band_hz = min(from_hz, to_hz) * CUTOFF
    edge = np.clip(1 - (apart * 1000 / REACH_MS) ** 2, 0, None)
    kernel = np.sinc(apart * band_hz) * np.i0(KAISER_BETA * np.sqrt(edge)) * (edge > 0)
    kernel /= kernel.sum(axis=1, keepdims=True)  # exactly unity gain for a constant
    return kernel.astype(np.float32), history


class FrameResampler:
    """Frames of 20 ms from one rate to another, 2 ms late. One per stream: it has a memory."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises InvalidInputError for a rate that is not in ``RATES_HZ``."""
        self._weights, history = _matrix(from_hz, to_hz)
        self._window = np.zeros(self._weights.shape[1], dtype=np.float32)
        self._history = history
        self.samples_in = from_hz * FRAME_MS // 1000
        self.samples_out = to_hz * FRAME_MS // 1000
        self.delay = to_hz * REACH_MS // 1000  # samples out; 44.1 kHz rounds down by 0.2

    def push(self, frame: Pcm) -> Pcm:
        """The 20 ms that end 2 ms before the end of ``frame`` (exactly 20 ms of input)."""
        if frame.size != self.samples_in:
            raise InvalidInputError(f"a frame has {self.samples_in} samples, got {frame.size}")
        self._window[: self._history] = self._window[-self._history :]
        self._window[self._history :] = frame
        exact = self._weights @ self._window
        out: Pcm = np.clip(np.rint(exact), -32768, 32767).astype(np.int16)
        return out


class Resampler:
    """A stream of chunks of any length from one rate to another, aligned in time.

    All that was pushed, then flushed, gives as many seconds out as went in, whatever the sizes
    of the chunks; the samples do not depend on the sizes either.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises InvalidInputError for a rate that is not in ``RATES_HZ``."""
        self._from_hz = from_hz
        self._to_hz = to_hz
        self._begin()

    def _begin(self) -> None:
        self._frames = FrameResampler(self._from_hz, self._to_hz)
        self._waiting = np.zeros(0, dtype=np.int16)
        self._taken = 0
        self._given = 0
        self._late = self._frames.delay

    def push(self, chunk: Pcm) -> Pcm:
        """What can be given out so far; up to 22 ms are held back."""
        self._taken += chunk.size
        return self._drain(chunk)

    def flush(self) -> Pcm:
        """The tail that was held back; the next push begins a new utterance."""
        due = round(self._taken * self._to_hz / self._from_hz) - self._given
        padding = np.zeros(2 * self._frames.samples_in, dtype=np.int16)
        tail = self._drain(padding)[: max(due, 0)]
        self._begin()
        return tail

    def _drain(self, chunk: Pcm) -> Pcm:
        waiting = np.concatenate((self._waiting, chunk)) if self._waiting.size else chunk
        size = self._frames.samples_in
        whole = waiting.size - waiting.size % size
        done = [self._frames.push(waiting[at : at + size]) for at in range(0, whole, size)]
        self._waiting = waiting[whole:].copy()
        if not done:
            return np.zeros(0, dtype=np.int16)
        out = np.concatenate(done)
        skipped = min(self._late, out.size)
        self._late -= skipped
        self._given += out.size - skipped
        return out[skipped:]


def resample(sound: Sound, to_hz: int = LINE_HZ) -> Sound:
    """A whole sound at another rate, as long as it was.

    Raises:
        InvalidInputError: a rate is not in ``RATES_HZ``.
    """
    if sound.rate_hz == to_hz:
        return sound
    stream = Resampler(sound.rate_hz, to_hz)
    return Sound(np.concatenate((stream.push(sound.samples), stream.flush())), to_hz)
