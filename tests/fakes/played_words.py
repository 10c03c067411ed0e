"""The truth of what a far end played: which stretch of which sentence, told by the sound itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voice.audio import g711
from voice.heard import heard_until
from voice.ports import Pcm, SpeechChunk, WordTime

FADED = 40  # samples at the start of a message that may have been faded in
SILENCE = bytes([g711.SILENCE_BYTE])
MOST_QUEUED = 40  # messages; more than the lead holds


@dataclass
class Speech:
    """One sentence as its voice makes it: noise, so that each stretch of it is unlike the rest."""

    number: int
    text: str
    words: tuple[WordTime, ...]
    audio: Pcm
    mulaw: bytes = b""

    def __post_init__(self) -> None:
        self.mulaw = g711.encode(self.audio)

    def words_at(self, samples: int) -> int:
        """How many of its words were heard once ``samples`` of it were played."""
        total_ms = self.audio.size / 8
        return len(self.text[: heard_until(self.text, self.words, samples / 8, total_ms)].split())

    def chunks(self, size: int) -> list[SpeechChunk]:
        """Its sound in chunks of ``size`` samples, each with the words begun so far."""
        return [
            SpeechChunk(
                self.audio[start : start + size],
                tuple(
                    WordTime(w.start, w.end, w.at_ms, min(w.until_ms, (start + size) // 8))
                    for w in self.words
                    if w.at_ms * 8 < start + size
                ),
            )
            for start in range(0, self.audio.size, size)
        ]


def speech(
    number: int, text: str, seed: int, shortest_ms: int = 120, longest_ms: int = 600
) -> Speech:
    """``text`` with words of ``shortest_ms`` to ``longest_ms`` and pauses of up to 200 ms."""
    chance = np.random.default_rng(seed)
    words, at_ms, start = [], int(chance.integers(0, 60)), 0
    for word in text.split(" "):
        until_ms = at_ms + int(chance.integers(shortest_ms, longest_ms))
        words.append(WordTime(start, start + len(word), at_ms, until_ms))
        at_ms = until_ms + (int(chance.integers(0, 200)) if chance.random() < 0.2 else 0)
        start += len(word) + 1
    audio = chance.integers(-20000, 20000, at_ms * 8 + int(chance.integers(0, 400)))
    return Speech(number, text, tuple(words), audio.astype(np.int16))


def untimed(number: int, text: str, length_ms: int = 900) -> Speech:
    """A sentence of which no word times are known."""
    audio = np.random.default_rng(number).integers(-9000, 9000, length_ms * 8)
    return Speech(number, text, (), audio.astype(np.int16))


@dataclass(frozen=True)
class _Place:
    """Bytes ``begin`` to ``end`` of all sound sent are sentence ``number`` from ``start`` on."""

    begin: int
    end: int
    number: int
    start: int


@dataclass
class PlayedWords:
    """What of each sentence was played. Told of all that arrives, and of each step of playing."""

    speeches: dict[int, Speech] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)  # words heard, by sentence
    resumed: list[int] = field(default_factory=list)  # where sound went on in mid-sentence
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)  # sentence, its samples before
    skipped_ms: float = 0.0  # the most of a sentence that was left out
    _places: list[_Place] = field(default_factory=list)
    _samples: dict[int, int] = field(default_factory=dict)  # the furthest played, by sentence
    _sounded: dict[int, NDArray[np.bool_]] = field(default_factory=dict)  # which samples
    _put: int = 0

    def arrived(self, mulaw: bytes) -> None:
        """Sound to be played after all that arrived before."""
        number, start = self._find(mulaw)
        self._places.append(_Place(self._put, self._put + len(mulaw), number, start))
        self._put += len(mulaw)

    def marked(self, name: str) -> None:
        """A mark stands behind all that arrived before."""
        last = self._places[-1]
        self.marks[name] = (last.number, last.start + self._put - last.begin)

    def played(self, before: int, after: int) -> None:
        """Of ``before`` samples that waited, all but ``after`` were played."""
        begin, end = self._put - before, self._put - after
        for place in self._places[-MOST_QUEUED:]:
            if place.begin < end and place.end > begin:
                first = place.start + max(begin, place.begin) - place.begin
                self._sound(place, first, place.start + min(end, place.end) - place.begin)

    def lacking_ms(self, number: int) -> float:
        """How much of the words of that sentence was never played, in however many parts."""
        speech = self.speeches[number]
        sounded = self._sounded.get(number, np.zeros(speech.audio.size, dtype=np.bool_))
        words = [sounded[word.at_ms * 8 : word.until_ms * 8] for word in speech.words]
        return sum(int((~word).sum()) for word in words) / 8

    def is_at_end(self, name: str) -> bool:
        """Whether the mark stands behind the last sample of a sentence."""
        number, samples = self.marks[name]
        return samples >= self.speeches[number].audio.size

    def _sound(self, place: _Place, first: int, until: int) -> None:
        number, speech = place.number, self.speeches[place.number]
        before = self._samples.get(number, 0)
        self.skipped_ms = max(self.skipped_ms, (place.start - before) / 8)
        self._samples[number] = max(before, until)
        none = np.zeros(speech.audio.size, dtype=np.bool_)
        self._sounded.setdefault(number, none)[first:until] = True
        self.reached[number] = max(self.reached.get(number, 0), speech.words_at(until))

    def _find(self, mulaw: bytes) -> tuple[int, int]:
        """Which sentence this is a stretch of, and from where."""
        bare = mulaw.rstrip(SILENCE)
        if self._places:  # most often it goes on where the message before it ended
            last = self._places[-1]
            start = last.start + last.end - last.begin
            if self.speeches[last.number].mulaw.startswith(bare, start):
                return last.number, start
        for number, speech in self.speeches.items():
            at = speech.mulaw.find(bare[FADED:])
            if at >= FADED:
                self.resumed.extend([at - FADED] if at > FADED else [])
                return number, at - FADED
        raise AssertionError("sound that nobody made")
