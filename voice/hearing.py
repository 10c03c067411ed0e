"""The caller's audio: what was said lately, and how likely it was speech."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from voice.audio import g711
from voice.ports import LINE_HZ, Pcm
from voice.vad import SharedVad, VadStream, Voiced

KEEP_S = 60  # audio kept for decoding: longer than any turn that is still one turn


class CallerTrack(Protocol):
    """Where caller audio is recorded."""

    def caller(self, at_ms: float, audio: Pcm) -> None:
        """Record ``audio`` at ``at_ms`` of the call. Must not block."""
        ...


class Hearing:
    """One call's ear. Positions are milliseconds of caller audio since the stream started."""

    def __init__(self, vad: SharedVad, track: CallerTrack | None = None) -> None:
        self._vad = vad
        self._stream = VadStream()
        self._track = track
        self._blocks: deque[Pcm] = deque()
        self._kept = 0  # samples in the blocks
        self._heard = 0  # samples since the start

    @property
    def position_ms(self) -> int:
        """How much caller audio has come."""
        return self._heard * 1000 // LINE_HZ

    def feed(self, payload: bytes) -> list[Voiced]:
        """Take mu-law audio in; the windows that it completed. Takes about 60 us a window."""
        audio = g711.decode(payload)
        if self._track is not None:
            self._track.caller(self.position_ms, audio)
        self._blocks.append(audio)
        self._kept += audio.size
        self._heard += audio.size
        while self._kept - self._blocks[0].size >= KEEP_S * LINE_HZ:
            self._kept -= self._blocks.popleft().size
        self._stream.feed(audio)
        return self._vad.probabilities([self._stream])[0]

    def cut(self, from_ms: int, to_ms: int) -> Pcm:
        """The audio between two positions, as far as it is still kept."""
        start = self._heard - self._kept
        kept: Pcm = np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.int16)
        first = max(0, from_ms * LINE_HZ // 1000 - start)
        last = max(first, to_ms * LINE_HZ // 1000 - start)
        return kept[first:last]
