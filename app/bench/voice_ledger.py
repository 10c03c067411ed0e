"""What a caller of the bench heard: the emulator's playout, and where in it there was sound.

A server may fill its pauses with silence that it sends, or send none; to an ear both are the
same. So silence inside what was sent is cut out of what was played. The voices of the bench never
fall silent inside a reply: any gap in them is a fault of whoever plays them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from emulator.g711 import FRAME_BYTES, LINE_HZ, SAMPLES_PER_MS, decode
from emulator.playout import Playout

QUIET_DBFS: Final = -45.0  # the emulator's own: below any speech on a phone line
INSIDE: Final = 20 * SAMPLES_PER_MS  # samples; shorter silence belongs to the sound around it
HOLE_MS: Final = (20, 1000)  # shorter is not noticed; longer is a pause between replies
BRIDGE_MS: Final = 300  # a shorter gap does not end what is being said

_EDGE: Final = round(32768 * 10 ** (QUIET_DBFS / 20))
_QUIET: Final = bytes(code for code in range(256) if abs(int(decode(bytes([code]))[0])) < _EDGE)


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound: samples ``start`` to ``end`` (exclusive) of the line."""

    start: int
    end: int

    @property
    def ms(self) -> float:
        """How long it is."""
        return (self.end - self.start) / SAMPLES_PER_MS


class Ledger:
    """The playout of one call, and the sound in it."""

    def __init__(self) -> None:
        self.playout = Playout()
        self._quiet: list[list[int]] = []  # silence within what was sent, as byte offsets
        self._sent = 0  # bytes ever put in
        self._loud_to = 0  # offset after the last loud byte that was put in
        self.clears: list[int] = []  # where a clear took sound away
        self.last_loud = 0  # the sample after the last sound played
        self.began = -1  # where the present or latest span of sound began; -1: there was none

    @property
    def position(self) -> int:
        """The present sample of the line."""
        return self.playout.position

    @property
    def quiet_ms(self) -> float:
        """How long ago the last sound was."""
        return (self.position - self.last_loud) / SAMPLES_PER_MS

    def put(self, audio: bytes) -> None:
        """Queue ``audio``, mu-law."""
        self.playout.put(audio)
        for at in range(0, len(audio), FRAME_BYTES):
            self._look_at(audio[at : at + FRAME_BYTES])

    def _look_at(self, audio: bytes) -> None:
        """Note where there is silence at the edges of 20 ms."""
        start, end = self._sent, self._sent + len(audio)
        self._sent = end
        first = len(audio) - len(audio.lstrip(_QUIET))
        if first:
            self._add_quiet(start, start + first)
        if first == len(audio):
            return
        last = start + len(audio.rstrip(_QUIET))
        self._loud_to = last
        if last < end:
            self._add_quiet(last, end)

    def _add_quiet(self, start: int, end: int) -> None:
        if self._quiet and self._quiet[-1][1] == start:
            self._quiet[-1][1] = end
        else:
            self._quiet.append([start, end])

    def clear(self) -> tuple[str, ...]:
        """Forget what waits; the marks to echo."""
        played = self._sent - self.playout.queued
        if self._loud_to > played:
            self.clears.append(self.position)
        self._loud_to = min(self._loud_to, played)
        return self.playout.clear()

    def advance(self, to: int) -> list[str]:
        """Play up to sample ``to``; the marks that were passed."""
        position, played = self.playout.position, self._sent - self.playout.queued
        step = self.playout.advance(to)
        reached = min(self._sent - self.playout.queued, self._loud_to)
        if reached > played:
            if self.began < 0 or position - self.last_loud > BRIDGE_MS * SAMPLES_PER_MS:
                self.began = position
            self.last_loud = position + reached - played
        return [mark.name for mark in step.marks]

    def sounds(self) -> tuple[Sound, ...]:
        """All sound played so far, in order."""
        found: list[Sound] = []
        runs = iter(self._quiet)
        run = next(runs, None)
        for stretch in self.playout.stretches:
            start, shift = stretch.start, stretch.start - stretch.offset
            while run is not None and run[0] + shift < stretch.end:
                quiet_from, quiet_to = run[0] + shift, run[1] + shift
                at_edge = quiet_from <= start or quiet_to >= stretch.end
                if quiet_to > start and (at_edge or quiet_to - quiet_from >= INSIDE):
                    found += _sound(start, quiet_from)
                    start = min(quiet_to, stretch.end)
                if quiet_to > stretch.end:
                    break  # the rest of it may stand in the next stretch
                run = next(runs, None)
            found += _sound(start, stretch.end)
        return tuple(found)


def _sound(start: int, end: int) -> list[Sound]:
    return [Sound(start, end)] if end > start else []


def spans(sounds: Sequence[Sound], bridge_ms: float = BRIDGE_MS) -> tuple[Sound, ...]:
    """The sounds with gaps of up to ``bridge_ms`` between them closed."""
    found: list[Sound] = []
    for sound in sounds:
        if found and sound.start - found[-1].end <= bridge_ms * SAMPLES_PER_MS:
            found[-1] = Sound(found[-1].start, sound.end)
        else:
            found.append(sound)
    return tuple(found)


def holes(sounds: Sequence[Sound], clears: Sequence[int]) -> tuple[Sound, ...]:
    """Gaps of more than 20 ms and at most 1 s that no ``clear`` explains; marks excuse nothing."""
    return tuple(
        Sound(before.end, after.start)
        for before, after in pairwise(sounds)
        if HOLE_MS[0] < (after.start - before.end) / SAMPLES_PER_MS <= HOLE_MS[1]
        and not any(before.end <= at <= after.start for at in clears)
    )


def minutes_of(sounds: Sequence[Sound]) -> float:
    """How long they last together."""
    return sum(sound.end - sound.start for sound in sounds) / LINE_HZ / 60
