"""The caller's audio: what was said lately, and how likely it was speech."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from voice.audio import g711
from voice.ports import LINE_HZ, Pcm
from voice.vad import Voiced
from voice.vad_hub import Ear, VadHub

KEEP_S = 60  # audio kept for decoding: longer than any turn that is still one turn
SAMPLES_KEPT: Final = KEEP_S * LINE_HZ  # one byte each: 480 kB a call
TRIM_AT: Final = SAMPLES_KEPT + LINE_HZ  # a second more, so that it is cut once a second


class CallerTrack(Protocol):
    """Where caller audio is recorded."""

    def caller(self, at_ms: float, audio: Pcm) -> None:
        """Record ``audio`` at ``at_ms`` of the call. Must not block."""
        ...


class Hearing:
    """One call's ear. Positions are milliseconds of caller audio since the stream started."""

    def __init__(
        self,
        hub: VadHub,
        on_window: Callable[[Voiced], None],
        track: CallerTrack | None = None,
    ) -> None:
        """``on_window`` gets each window of 32 ms, in order, within 8 ms of its end."""
        self._hub = hub
        self._ear = Ear(on_window)
        self._track = track
        self._sound = bytearray()  # mu-law: half the memory of samples; decoded when it is cut
        self._heard = 0  # samples since the start

    @property
    def position_ms(self) -> int:
        """How much caller audio has come."""
        return self._heard * 1000 // LINE_HZ

    def feed(self, payload: bytes) -> None:
        """Take mu-law audio in. Takes about 50 us a window, 18 us with many calls on the line."""
        if self._track is not None:
            self._track.caller(self.position_ms, g711.decode(payload))
        self._sound += payload
        self._heard += len(payload)
        if len(self._sound) >= TRIM_AT:
            del self._sound[:-SAMPLES_KEPT]
        self._hub.feed(self._ear, payload)

    def cut(self, from_ms: int, to_ms: int) -> Pcm:
        """The audio between two positions, as far as it is still kept."""
        start = self._heard - len(self._sound)
        first = max(0, from_ms * LINE_HZ // 1000 - start)
        last = max(first, to_ms * LINE_HZ // 1000 - start)
        return g711.decode(bytes(self._sound[first:last]))
