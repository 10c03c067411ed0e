"""Sound at the carrier: sent, and not yet known to be played.

Each piece of sound is followed by a mark. A mark that comes back proves that its piece and all
before it were played. A ``clear`` makes the carrier return every mark that it still holds; those
prove nothing, so a mark's name carries the epoch in which it was sent, and each clear begins a
new epoch.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

from voice.audio import g711
from voice.playout_clock import PlayoutClock
from voice.ports import Pcm
from voice.utterances import PER_MS, Utterance

LATE_MARK_MS: Final = 2000  # a mark later than this is given up: the carrier lost it
SETTLED_MS: Final = 300  # sound that ended so long ago is played, whatever the network does
SETTLE_WITHIN_MS: Final = 500  # and is told to the track, which writes what is a second old
HOLE_MS: Final = 20  # a gap within a sentence that can be heard
RECALL_MS: Final = 1000  # of what was played is known for comparing with what comes back


class AgentTrack(Protocol):
    """Where played agent audio is recorded."""

    def agent(self, at_ms: float, audio: Pcm) -> None:
        """Record ``audio`` at ``at_ms`` of the call. Must not block."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound that was sent: samples ``start`` to ``end`` of an utterance, and the mark behind."""

    utterance: Utterance
    start: int
    end: int
    sound: bytes
    begins_ms: float
    run: int
    mark: str

    @property
    def ends_ms(self) -> float:
        """When it has been played, by our clock."""
        return self.begins_ms + (self.end - self.start) / PER_MS

    @property
    def is_last(self) -> bool:
        """Whether the utterance ends with it."""
        return self.utterance.complete and self.end >= self.utterance.made


class InFlight:
    """The pieces at the carrier of one call, in order."""

    def __init__(self, track: AgentTrack | None) -> None:
        self._track = track
        self._clock = PlayoutClock()
        self._playing: deque[Piece] = deque()  # until they are settled
        self._recent: deque[tuple[float, bytes]] = deque()  # played lately: when, and what
        self._marks: dict[str, Piece] = {}  # not yet back
        self._count = 0
        self.epoch = 0
        self.holes = 0  # times that a sentence ran out of sound, by our clock

    @property
    def plays_until_ms(self) -> float:
        """Where what was sent ends, by our clock; 0 when a clear took it all."""
        return self._clock.plays_until_ms

    @property
    def is_empty(self) -> bool:
        """Whether every mark is back or given up."""
        return not self._marks

    @property
    def next_due_ms(self) -> float | None:
        """When to settle or to give up something; None when there is nothing."""
        due = [piece.ends_ms + LATE_MARK_MS for piece in list(self._marks.values())[:1]]
        if self._playing and self._track is not None:
            due.append(self._playing[0].ends_ms + SETTLE_WITHIN_MS)
        return min(due, default=None)

    def holds(self, turn: int) -> bool:
        """Whether sound of ``turn`` may still be played."""
        return any(piece.utterance.turn == turn for piece in self._marks.values())

    def send(self, utterance: Utterance, size: int, now_ms: float) -> Piece:
        """Take the next ``size`` samples of ``utterance`` as sent now."""
        start, in_middle = utterance.sent, utterance.sent > 0 and not utterance.resumes
        late_ms = now_ms - self._clock.plays_until_ms
        self.holes += in_middle and late_ms > HOLE_MS
        begins_ms = self._clock.sent(now_ms, size / PER_MS)
        self._count += 1
        mark = f"e{self.epoch}:{self._count}"
        sound = utterance.give(size)
        piece = Piece(utterance, start, start + size, sound, begins_ms, self._clock.run, mark)
        self._playing.append(piece)
        self._marks[mark] = piece
        return piece

    def echoed(self, name: str, now_ms: float) -> list[Piece]:
        """The pieces proved by the mark ``name``; none when it proves nothing."""
        piece = self._marks.get(name)
        if piece is None:
            return []
        self._clock.echoed(piece.run, piece.ends_ms, now_ms)
        proved = []
        while piece.mark in self._marks:
            proved.append(self._pass_first(name))
        return proved

    def give_up_late(self, now_ms: float) -> list[Piece]:
        """The pieces whose marks should be back for long; they count as played."""
        late = []
        while self._marks:
            first = next(iter(self._marks.values()))
            if first.ends_ms + LATE_MARK_MS >= now_ms:
                break
            late.append(self._pass_first(""))
        return late

    def settle(self, now_ms: float) -> None:
        """Move what was surely played by now into the past."""
        while self._playing and self._playing[0].ends_ms + SETTLED_MS <= now_ms:
            piece = self._playing.popleft()
            self._past(piece, piece.end - piece.start)

    def stop(self, now_ms: float) -> list[Utterance]:
        """A clear goes out now: what is played when it arrives is past, the rest never was.

        Returns the utterances of which something was at the carrier.
        """
        by_ms = self._clock.played_by_ms(now_ms)
        touched = {id(piece.utterance): piece.utterance for piece in self._marks.values()}
        for piece in self._playing:
            length = piece.end - piece.start
            played = min(length, max(0, int((by_ms - piece.begins_ms) * PER_MS)))
            self._past(piece, played if piece.mark in self._marks else length)
        self._playing.clear()
        self._marks.clear()
        self._clock.stop()
        self.epoch += 1
        return list(touched.values())

    def recent(self, now_ms: float) -> Pcm | None:
        """What was played in the last second, by our clock; None when that is nothing."""
        from_ms = now_ms - RECALL_MS
        while self._recent and self._recent[0][0] + _length_ms(self._recent[0][1]) < from_ms:
            self._recent.popleft()
        playing = [(piece.begins_ms, piece.sound) for piece in self._playing]
        line = bytearray([g711.SILENCE_BYTE]) * int(RECALL_MS * PER_MS)
        sounds = False
        for begins_ms, sound in (*self._recent, *playing):
            first = int((begins_ms - from_ms) * PER_MS)
            start, end = max(0, first), min(len(line), first + len(sound))
            if start < end:
                line[start:end] = sound[start - first : end - first]
                sounds = True
        return g711.decode(bytes(line)) if sounds else None

    def _pass_first(self, mark: str) -> Piece:
        piece = self._marks.pop(next(iter(self._marks)))
        utterance = piece.utterance
        utterance.proved = max(utterance.proved, piece.end)
        utterance.played = max(utterance.played, piece.end)
        utterance.mark = mark
        return piece

    def _past(self, piece: Piece, samples: int) -> None:
        if not samples:
            return
        piece.utterance.played = max(piece.utterance.played, piece.start + samples)
        self._recent.append((piece.begins_ms, piece.sound[:samples]))
        while self._recent[0][0] + 2 * RECALL_MS < piece.begins_ms:
            self._recent.popleft()
        if self._track is not None:
            self._track.agent(piece.begins_ms, g711.decode(piece.sound[:samples]))


def _length_ms(sound: bytes) -> float:
    return len(sound) / PER_MS
