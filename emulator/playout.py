"""The playback buffer: what the server sends is played in order, in real time, and logged.

Time is the position on the line in samples and is passed in, so the buffer is pure. Audio is
only added at the present position, so one step forward is always a stretch of sound followed
by a stretch of silence. The log of stretches is the ground truth of what was heard.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from emulator.g711 import LINE_HZ, SAMPLES_PER_MS, SILENCE_BYTE

BUFFER_LIMIT: Final = 10 * 60 * LINE_HZ  # bytes; ten minutes, twilio.com/docs/api/errors/31931
HOLE_MS: Final = 1000  # a longer gap is a pause between utterances, not a stumble within one


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound played without a gap: samples ``start`` to ``end`` (exclusive) of the line.

    ``offset`` counts the bytes the server had sent before its first byte.
    """

    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The buffer was empty from sample ``start`` to ``end`` between two stretches."""

    start: int
    end: int
    after_mark: bool  # a mark stood exactly at the end of the sound before it
    after_clear: bool

    @property
    def length_ms(self) -> float:
        """How long nothing was there to play."""
        return (self.end - self.start) / SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class PlayedMark:
    """A mark whose sound is out. ``at`` is its exact sample on the line."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one step forward played: ``audio`` with silence filled in, and the marks passed."""

    audio: bytes
    marks: tuple[PlayedMark, ...]


class Playout:
    """One stream's playback buffer."""

    def __init__(self, position: int = 0, limit: int = BUFFER_LIMIT) -> None:
        self._position = position
        self._limit = limit
        self._waiting = bytearray()
        self._taken = 0  # bytes ever put in
        self._marks: deque[tuple[int, str]] = deque()  # with the bytes put in before it
        self._stretches: list[Stretch] = []
        self._clears: list[int] = []
        self._mark_ends: set[int] = set()

    @property
    def position(self) -> int:
        """The present sample on the line."""
        return self._position

    @property
    def queued(self) -> int:
        """Bytes, which are samples, still to be played."""
        return len(self._waiting)

    @property
    def pending_marks(self) -> tuple[str, ...]:
        """Marks not yet given back, in order."""
        return tuple(name for _, name in self._marks)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """All sound played so far."""
        return tuple(self._stretches)

    def put(self, audio: bytes) -> int:
        """Queue ``audio``; returns how many of its last bytes did not fit and were dropped."""
        room = max(0, self._limit - len(self._waiting))
        self._waiting += audio[:room]
        self._taken += min(len(audio), room)
        return max(0, len(audio) - room)

    def mark(self, name: str) -> bool:
        """Queue a mark; True when nothing stands before it, so it is to be echoed at once."""
        if self._waiting:
            self._marks.append((self._taken, name))
            return False
        if self._stretches:  # the mark may come after the sound it stands behind has run out
            self._mark_ends.add(self._stretches[-1].end)
        return True

    def clear(self) -> tuple[str, ...]:
        """Forget all sound that waits; returns the pending marks, all to be echoed now."""
        names = self.pending_marks
        self._marks.clear()
        self._waiting.clear()
        self._clears.append(self._position)
        return names

    def advance(self, to: int) -> Step:
        """Play up to sample ``to``; a position already passed plays nothing."""
        length = max(0, to - self._position)
        sound = bytes(self._waiting[:length])
        begun = self._taken - len(self._waiting)
        if sound:
            self._log(sound, begun)
            del self._waiting[: len(sound)]
        marks = self._pass_marks(begun)
        self._position += length
        return Step(sound + bytes([SILENCE_BYTE]) * (length - len(sound)), marks)

    def _log(self, sound: bytes, offset: int) -> None:
        end = self._position + len(sound)
        last = self._stretches[-1] if self._stretches else None
        if (
            last is not None
            and last.end == self._position
            and offset == last.offset + last.end - last.start
        ):
            self._stretches[-1] = Stretch(last.start, end, last.offset)
        else:
            self._stretches.append(Stretch(self._position, end, offset))

    def _pass_marks(self, begun: int) -> tuple[PlayedMark, ...]:
        """The marks behind all sound now played, that is up to what still waits."""
        played = self._taken - len(self._waiting)
        passed = []
        while self._marks and self._marks[0][0] <= played:
            offset, name = self._marks.popleft()
            at = self._position + offset - begun
            self._mark_ends.add(at)
            passed.append(PlayedMark(name, at))
        return tuple(passed)

    def gaps(self) -> tuple[Gap, ...]:
        """Every gap between two stretches of sound, in order."""
        return tuple(
            Gap(
                before.end,
                after.start,
                after_mark=before.end in self._mark_ends,
                after_clear=any(before.end <= at <= after.start for at in self._clears),
            )
            for before, after in zip(self._stretches, self._stretches[1:], strict=False)
            if after.start > before.end
        )

    def holes(self, within_ms: int = HOLE_MS) -> tuple[Gap, ...]:
        """Underruns: gaps no longer than ``within_ms`` that no ``clear`` and no mark explains."""
        return tuple(
            gap
            for gap in self.gaps()
            if not gap.after_clear and not gap.after_mark and gap.length_ms <= within_ms
        )
