"""Both directions of a call as the caller had them: truly heard, truly said, in step."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emulator.g711 import LINE_HZ, SILENCE_BYTE, Pcm, decode


class Recording:
    """Mu-law of both sides from the answer on, one byte a sample, same index same moment."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._said = bytearray()

    @property
    def heard_length(self) -> int:
        """Samples of the agent's side so far."""
        return len(self._heard)

    def add_heard(self, mulaw: bytes) -> None:
        """The caller heard this next."""
        self._heard += mulaw

    def add_said(self, mulaw: bytes) -> None:
        """The caller said this next."""
        self._said += mulaw

    def heard_between(self, start: int, end: int) -> bytes:
        """What was heard from sample ``start`` to ``end``."""
        return bytes(self._heard[start:end])

    def heard(self) -> Pcm:
        """All that was heard."""
        return decode(bytes(self._heard))

    def said(self) -> Pcm:
        """All that was said."""
        return decode(bytes(self._said))

    def said_mulaw(self) -> bytes:
        """All that was said, as it went over the wire."""
        return bytes(self._said)

    def stereo(self) -> NDArray[np.int16]:
        """Both sides, shape (samples, 2), 8000 Hz: the caller left, the agent right."""
        length = max(len(self._heard), len(self._said))
        sides = (bytes(side.ljust(length, bytes([SILENCE_BYTE]))) for side in self._sides())
        return np.stack([decode(side) for side in sides], axis=1)

    def write_wav(self, path: Path) -> None:
        """Write the stereo recording as a 16-bit WAV file. Blocking."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(LINE_HZ)
            file.writeframes(self.stereo().astype("<i2").tobytes())

    def _sides(self) -> tuple[bytearray, bytearray]:
        return self._said, self._heard
