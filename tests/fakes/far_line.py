"""The far end of a media stream behind a shaky network, with the truth of what was played."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from core.ids import StreamSid
from emulator.network import Delay, Pipe
from emulator.playout import Playout
from tests.fakes.played_words import PlayedWords, Speech
from tests.virtual_time import VirtualClock
from voice.cues import Cue, UtterancePlayed
from voice.playback import AgentTrack, Playback

STREAM = StreamSid("MZ" + "0" * 32)
NO_DELAY = Delay()

C = TypeVar("C")


@dataclass
class FarLine:
    """The carrier: plays what arrives, echoes marks, and knows what of each sentence it played."""

    down: Pipe[str]
    up: Pipe[str]
    words: PlayedWords = field(default_factory=PlayedWords)
    playout: Playout = field(default_factory=Playout)
    messages: list[str] = field(default_factory=list)  # events, in the order of their arrival
    sounding_s: float = 0.0
    gone: bool = False
    echoes: bool = True
    takes_s: float = 0.0  # to send one message
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
                mulaw = base64.b64decode(fields["media"]["payload"])
                self.words.arrived(mulaw)
                assert self.playout.put(mulaw) == 0
            case "mark":
                self.words.marked(fields["mark"]["name"])
                if self.playout.mark(fields["mark"]["name"]):
                    self._echo(fields["mark"]["name"])
            case "clear":
                for name in self.playout.clear():
                    self._echo(name)

    def _echo(self, name: str) -> None:
        if self.echoes:
            self.up.put(name)

    def catch_up(self) -> None:
        """Play up to the present moment."""
        now_s = asyncio.get_running_loop().time() - self._begun_s
        before = self.playout.queued
        for mark in self.playout.advance(round(now_s * 8000)).marks:
            self._echo(mark.name)
        self.words.played(before, self.playout.queued)
        self.sounding_s += (before - self.playout.queued) / 8000

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
        self.line.words.speeches[speech.number] = speech
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
