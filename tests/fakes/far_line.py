"""The far end of a media stream behind a shaky network, with the truth of what was played."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from core.ids import StreamSid
from emulator.network import Delay, Pipe
from emulator.playout import Playout
from tests.virtual_time import VirtualClock
from voice.audio import g711
from voice.cues import Cue, UtterancePlayed
from voice.heard import heard_until
from voice.playback import AgentTrack, Playback
from voice.ports import Pcm, SpeechChunk, WordTime

STREAM = StreamSid("MZ" + "0" * 32)
FADED = 40  # samples at the start of a message that may have been faded in
SILENCE = bytes([g711.SILENCE_BYTE])
NO_DELAY = Delay()
MOST_QUEUED = 40  # messages; more than the lead holds

C = TypeVar("C")


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


def speech(number: int, text: str, seed: int, shortest_ms: int = 120) -> Speech:
    """``text`` with words of ``shortest_ms`` to 600 ms and pauses of up to 200 ms."""
    chance = np.random.default_rng(seed)
    words, at_ms, start = [], int(chance.integers(0, 60)), 0
    for word in text.split(" "):
        until_ms = at_ms + int(chance.integers(shortest_ms, 600))
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
class FarLine:
    """The carrier: plays what arrives, echoes marks, and knows what of each sentence it played."""

    down: Pipe[str]
    up: Pipe[str]
    speeches: dict[int, Speech] = field(default_factory=dict)
    playout: Playout = field(default_factory=Playout)
    reached: dict[int, int] = field(default_factory=dict)  # words heard, by sentence
    messages: list[str] = field(default_factory=list)  # events, in the order of their arrival
    sounding_s: float = 0.0
    gone: bool = False
    echoes: bool = True
    takes_s: float = 0.0  # to send one message
    ends: list[int] = field(default_factory=list)  # samples of a sentence before each mark
    resumed: list[int] = field(default_factory=list)  # where sound went on in mid-sentence
    _places: list[_Place] = field(default_factory=list)
    skipped_ms: float = 0.0  # the most of a sentence that was left out
    _samples: dict[int, int] = field(default_factory=dict)  # played, by sentence
    _put: int = 0
    _begun_s: float = 0.0

    async def send(self, message: str) -> None:
        if self.gone:
            raise ConnectionError("gone")
        await asyncio.sleep(self.takes_s)
        self.down.put(message)

    async def arrive(self, message: str) -> None:
        self.catch_up()
        fields = json.loads(message)
        assert fields["streamSid"] == STREAM
        self.messages.append(fields["event"])
        match fields["event"]:
            case "media":
                self._queue(base64.b64decode(fields["media"]["payload"]))
            case "mark":
                self.ends.append(self._places[-1].start + self._put - self._places[-1].begin)
                if self.playout.mark(fields["mark"]["name"]):
                    self._echo(fields["mark"]["name"])
            case "clear":
                for name in self.playout.clear():
                    self._echo(name)

    def _echo(self, name: str) -> None:
        if self.echoes:
            self.up.put(name)

    def _queue(self, mulaw: bytes) -> None:
        number, start = self._find(mulaw)
        self._places.append(_Place(self._put, self._put + len(mulaw), number, start))
        self._put += len(mulaw)
        assert self.playout.put(mulaw) == 0

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

    def catch_up(self) -> None:
        """Play up to the present moment."""
        now_s = asyncio.get_running_loop().time() - self._begun_s
        before = self.playout.queued
        for mark in self.playout.advance(round(now_s * 8000)).marks:
            self._echo(mark.name)
        after = self.playout.queued
        self._played(self._put - before, self._put - after)

    def _played(self, begin: int, end: int) -> None:
        """Note how far into each sentence the stretch of all sound sent has reached."""
        for place in self._places[-MOST_QUEUED:]:
            if place.begin < end and place.end > begin:
                samples = place.start + min(end, place.end) - place.begin
                before = self._samples.get(place.number, 0)
                self.skipped_ms = max(self.skipped_ms, (place.start - before) / 8)
                self._samples[place.number] = max(before, samples)
                words = self.speeches[place.number].words_at(samples)
                self.reached[place.number] = max(self.reached.get(place.number, 0), words)
        self.sounding_s += (end - begin) / 8000

    async def run(self) -> None:
        """Play on the carrier's own pace, 20 ms by 20 ms."""
        loop = asyncio.get_running_loop()
        self._begun_s, frame = loop.time(), 0
        while True:
            frame += 1
            await asyncio.sleep(self._begun_s + frame * 0.02 - loop.time())
            self.catch_up()


@dataclass
class Bench:
    """A playback, its line, and what it told."""

    playback: Playback
    line: FarLine
    cues: list[Cue]

    def say(self, turn: int, speech: Speech, chunk: int = 480) -> None:
        """All of ``speech`` is made at once."""
        self.line.speeches[speech.number] = speech
        self.playback.begin(turn, speech.number, speech.text)
        for made in speech.chunks(chunk):
            self.playback.add(speech.number, made)
        self.playback.finish(speech.number)

    def ends(self) -> list[tuple[int, int]]:
        """The sentences that ended, with their turns."""
        return [(cue.turn, cue.utterance) for cue in self.of(UtterancePlayed)]

    def of(self, kind: type[C]) -> list[C]:
        """The cues of one kind."""
        return [cue for cue in self.cues if isinstance(cue, kind)]


@asynccontextmanager
async def far_line(
    *,
    delay: Delay = NO_DELAY,
    seed: int = 1,
    lead_ms: int = 600,
    track: AgentTrack | None = None,
) -> AsyncIterator[Bench]:
    """A playback on a line whose messages take ``delay`` each way, for the length of a block."""
    clock, cues = VirtualClock(), list[Cue]()
    begun_s = clock.monotonic_s()

    async def arrive(message: str) -> None:
        await line.arrive(message)

    async def echo(name: str) -> None:
        playback.mark_echoed(name)

    line = FarLine(Pipe(delay, arrive, seed=seed), Pipe(delay, echo, seed=seed + 1))
    playback = Playback(
        transport=line,
        stream_sid=STREAM,
        now_ms=lambda: (clock.monotonic_s() - begun_s) * 1000,
        post=cues.append,
        lead_ms=lead_ms,
        track=track,
    )
    async with asyncio.TaskGroup() as group:
        runs = (line.run(), line.down.run(), line.up.run(), playback.run())
        tasks = [group.create_task(run) for run in runs]
        try:
            yield Bench(playback, line, cues)
        finally:
            for task in tasks:
                task.cancel()
