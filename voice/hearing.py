"""The caller's audio: what was said lately, and how likely it was speech."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, runtime_checkable

from voice.audio import g711
from voice.echo import echo_share
from voice.ports import LINE_HZ, Pcm
from voice.vad import Voiced
from voice.vad_hub import Ear, VadHub

KEEP_S = 60  # audio kept for decoding: longer than any turn that is still one turn
SAMPLES_KEPT: Final = KEEP_S * LINE_HZ  # one byte each: 480 kB a call
TRIM_AT: Final = SAMPLES_KEPT + LINE_HZ  # a second more, so that it is cut once a second
ECHO_FROM: Final = 0.35  # windows less likely to be speech interrupt nobody
ECHO_SAMPLES: Final = LINE_HZ * 32 // 100  # of the caller's sound that are compared with ours


class CallerTrack(Protocol):
    """Where caller audio is recorded."""

    def caller(self, at_ms: float, audio: Pcm) -> None:
        """Record ``audio`` at ``at_ms`` of the call. Must not block."""
        ...


@runtime_checkable
class SoundSource(Protocol):
    """A stream of events that can leave the sound out, and hand it over the moment it comes."""

    def sound_to(self, hear: Callable[[bytes], None] | None) -> None:
        """Give each payload to ``hear``; None: to nobody any more. Others are still events."""
        ...


@contextmanager
def straight_from(incoming: object, hear: Callable[[bytes], None]) -> Iterator[None]:
    """Within the block, sound of ``incoming`` goes to ``hear`` at once, where it can."""
    if not isinstance(incoming, SoundSource):
        yield
        return
    incoming.sound_to(hear)
    try:
        yield
    finally:
        incoming.sound_to(None)


class Hearing:
    """One call's ear. Positions are milliseconds of caller audio since the stream started."""

    def __init__(
        self,
        hub: VadHub,
        on_window: Callable[[Voiced], None],
        track: CallerTrack | None = None,
        reference: Callable[[], Pcm | None] | None = None,
    ) -> None:
        """``on_window`` gets each window of 32 ms, in order, within 8 ms of its end.

        ``reference`` gives what the carrier has played up to now, a second of it, or None while we
        are silent: what may be speech is compared with it.
        """
        self._hub = hub
        self._ear = Ear(on_window if reference is None else self._compare)
        self._on_window = on_window
        self._reference = reference
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

    def _compare(self, voiced: Voiced) -> None:
        """Tell how much of a window that may be speech is our own sound come back."""
        if voiced.probability >= ECHO_FROM and self._reference is not None:
            played = self._reference()
            if played is not None:
                until = voiced.end_sample
                heard = self._samples(until - ECHO_SAMPLES, until)
                voiced = voiced._replace(echo=echo_share(heard, played))
        self._on_window(voiced)

    def cut(self, from_ms: int, to_ms: int) -> Pcm:
        """The audio between two positions, as far as it is still kept."""
        return self._samples(from_ms * LINE_HZ // 1000, to_ms * LINE_HZ // 1000)

    def _samples(self, from_sample: int, to_sample: int) -> Pcm:
        start = self._heard - len(self._sound)
        first = max(0, from_sample - start)
        last = max(first, to_sample - start)
        return g711.decode(bytes(self._sound[first:last]))
