"""A stage for calls as little plays: the real session against the emulator's playback buffer."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Generic, TypeVar
from uuid import UUID

import numpy as np

from core.call import Direction, EndReason
from core.card import CallCard, ScriptRef
from core.ids import BrandId, CallId, CallSid, StreamSid, VoiceName
from core.phone import PhoneNumber
from emulator.network import Delay
from emulator.playout import Playout
from tests.fakes.conversation import FakeConversation, Line
from tests.fakes.engines import FakeCallLog, FakeFeed, FakeSynthesizer, FakeTranscriber
from tests.fakes.played_words import PlayedWords
from tests.virtual_time import START, VirtualClock
from voice.audio import g711
from voice.config import VoiceConfig
from voice.engines import Engines
from voice.ports import Conversation, Pcm, Synthesizer, Transcriber
from voice.providers.tts_espeak import speak
from voice.session import Session
from voice.vad import SharedVad
from voice.vad_hub import VadHub
from voice.wire.twilio import Dtmf, InboundEvent, Mark, Media, Stop

FRAME = 160
STREAM = StreamSid("MZ" + "0" * 32)
NO_DELAY = Delay()

T = TypeVar("T")


@cache
def shared_vad() -> SharedVad:
    return SharedVad()


@cache
def spoken(text: str) -> bytes:
    """``text`` as a caller says it: espeak speech as mu-law."""
    return g711.encode(speak(text, VoiceName("en-us"), 140))


@dataclass
class OneWay(Generic[T]):
    """One way of the network: what is put in comes out after ``delay``, in order, as by TCP."""

    delay: Delay
    deliver: Callable[[T], None]
    chance: Random
    under_way: deque[T] = field(default_factory=deque)
    due_s: float = 0.0

    def put(self, item: T) -> None:
        """Send ``item`` on its way."""
        loop = asyncio.get_running_loop()
        wait_ms = self.delay.base_ms + self.chance.uniform(0, self.delay.jitter_ms)
        self.due_s = max(self.due_s, loop.time() + wait_ms / 1000)
        self.under_way.append(item)  # timers that are due together keep no order
        loop.call_at(self.due_s, lambda: self.deliver(self.under_way.popleft()))


@dataclass
class FarEnd:
    """The caller's telephone: a playback buffer, a microphone, and ``delay`` each way."""

    delay: Delay = NO_DELAY
    seed: int = 1  # of the delay's jitter
    words: PlayedWords | None = None  # what of the agent's sentences was played, if it is asked
    playout: Playout = field(default_factory=Playout)
    outgoing: asyncio.Queue[InboundEvent | None] = field(default_factory=asyncio.Queue)
    microphone: bytearray = field(default_factory=bytearray)
    sequence: int = 1
    sent: list[dict[str, object]] = field(default_factory=list)
    heard: list[Pcm] = field(default_factory=list)
    proofs: set[str] = field(default_factory=set)  # marks that came back because of sound played
    gone: bool = False
    mute: bool = False

    def __post_init__(self) -> None:
        chance = Random(self.seed)
        self._down = OneWay[dict[str, Any]](self.delay, self._obey, chance)
        self._up = OneWay[InboundEvent](self.delay, self.outgoing.put_nowait, chance)

    async def send(self, message: str) -> None:
        if self.gone:
            raise ConnectionError("gone")
        fields = json.loads(message)
        self.sent.append(fields)
        self._down.put(fields)

    def _obey(self, fields: dict[str, Any]) -> None:
        match fields["event"]:
            case "media":
                mulaw = base64.b64decode(fields["media"]["payload"])
                self.playout.put(mulaw)
                if self.words is not None:
                    self.words.arrived(mulaw)
            case "mark":
                name = fields["mark"]["name"]
                if self.words is not None:
                    self.words.marked(name)
                if self.playout.mark(name):
                    self._played(name)
            case "clear":
                for name in self.playout.clear():
                    self._echo(name)

    def _played(self, name: str) -> None:
        self.proofs.add(name)
        self._echo(name)

    def _echo(self, name: str) -> None:
        self._up.put(Mark(self._next(), name))

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    async def run(self) -> None:
        """20 ms after 20 ms: play, listen, send."""
        loop = asyncio.get_running_loop()
        begun, frame = loop.time(), 0
        while True:
            frame += 1
            await asyncio.sleep(begun + frame * 0.02 - loop.time())
            before = self.playout.queued
            step = self.playout.advance(frame * FRAME)
            self.heard.append(g711.decode(step.audio))
            if self.words is not None:
                self.words.played(before, self.playout.queued)
            for mark in step.marks:
                self._played(mark.name)
            if self.mute:
                continue
            said = bytes(self.microphone[:FRAME])
            del self.microphone[:FRAME]
            said += bytes([g711.SILENCE_BYTE]) * (FRAME - len(said))
            self._up.put(Media(self._next(), "inbound", frame, frame * 20, said))

    async def events(self) -> AsyncIterator[InboundEvent]:
        while (event := await self.outgoing.get()) is not None:
            yield event

    def press(self, digit: str) -> None:
        self._up.put(Dtmf(self._next(), digit))

    def hang_up(self) -> None:
        self._up.put(Stop(self._next(), CallSid("CA" + "0" * 32)))

    @property
    def sounding(self) -> bool:
        return self.playout.queued > 0

    def heard_ms(self) -> float:
        """How much agent sound was truly played."""
        return sum(s.end - s.start for s in self.playout.stretches) / 8


@dataclass
class ScriptedCall:
    """One call on the stage, and what is known of it."""

    session: Session
    line: FarEnd
    conversation: FakeConversation
    ears: FakeTranscriber
    voice: FakeSynthesizer
    log: FakeCallLog
    feed: FakeFeed
    ended: asyncio.Future[EndReason]

    async def agent_done(self) -> None:
        """Wait until the agent has spoken and all of it was played."""
        while not self.line.sounding:
            await asyncio.sleep(0.02)
        while self.line.sounding:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.06)

    async def agent_speaking(self, for_ms: int) -> None:
        """Wait until the agent has been audible for ``for_ms`` more milliseconds."""
        aim = self.line.heard_ms() + for_ms
        while self.line.heard_ms() < aim:
            await asyncio.sleep(0.02)

    async def says(self, text: str, understood: str | None = "") -> None:
        """The caller speaks ``text`` and is understood so (the same words, when not given)."""
        self.ears.texts.append(text if understood == "" else understood)
        await self.sounds(spoken(text))

    async def sounds(self, mulaw: bytes) -> None:
        """Sound comes from the caller's side."""
        self.line.microphone += mulaw
        while self.line.microphone:
            await asyncio.sleep(0.02)


def card() -> CallCard:
    return CallCard(
        call_id=CallId(UUID(int=7)),
        brand=BrandId(UUID(int=8)),
        direction=Direction.INBOUND,
        script=ScriptRef("test", 0),
        ours=PhoneNumber("+442079460100"),
        theirs=PhoneNumber("+442079460123"),
        opened_at=START,
        call_sid=CallSid("CA" + "0" * 32),
    )


@asynccontextmanager
async def on_stage(
    lines: list[Line],
    *,
    line: FarEnd | None = None,
    config: VoiceConfig | None = None,
    hears_with: Transcriber | None = None,
    speaks_with: Synthesizer | None = None,
    thinks_with: Conversation | None = None,
    **fakes: object,
) -> AsyncIterator[ScriptedCall]:
    """A call that has just been answered; it is over when the block is left."""
    conversation = FakeConversation(lines)
    ears, voice = FakeTranscriber(), FakeSynthesizer()
    for name, value in fakes.items():
        for fake in (conversation, ears, voice):
            if hasattr(fake, name):
                setattr(fake, name, value)
    log, feed, line = FakeCallLog(), FakeFeed(), line or FarEnd()
    engines = Engines(
        hears_with or ears,
        speaks_with or voice,
        VadHub(shared_vad()),
        log,
        feed,
        VirtualClock(),
        config or VoiceConfig(),
        "fake-brain/1",
    )
    session = Session(
        card=card(),
        conversation=thinks_with or conversation,
        engines=engines,
        stream_sid=STREAM,
        transport=line,
    )
    ended: asyncio.Future[EndReason] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        ended.set_result(await session.run(line.events()))

    async with asyncio.TaskGroup() as group:
        phone = group.create_task(line.run(), name="phone")
        group.create_task(hold(), name="call")
        call = ScriptedCall(session, line, conversation, ears, voice, log, feed, ended)
        try:
            yield call
            if not ended.done():
                line.hang_up()
            async with asyncio.timeout(60):
                await ended
        finally:
            phone.cancel()


def cough() -> bytes:
    """A short burst of noise: loud, but no speech and too short for a word."""
    noise = np.random.default_rng(3).normal(0, 6000, 8000 * 80 // 1000)
    return g711.encode(np.clip(noise, -32000, 32000).astype(np.int16))
