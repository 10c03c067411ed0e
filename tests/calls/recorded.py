"""Calls held by a desk that records them: for tests of what is kept and replayed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.call import EndReason
from core.card import CallCard
from db.crypto import Keyring
from tests.calls.stage import STREAM, FarEnd, card, shared_vad, spoken
from tests.fakes.conversation import FakeConversation, Line
from tests.fakes.engines import FakeCallLog, FakeFeed, FakeSynthesizer, FakeTranscriber
from tests.virtual_time import VirtualClock
from voice.config import VoiceConfig
from voice.cue_codec import CueTrace
from voice.cue_track import read_cues
from voice.desk import Desk
from voice.endpointing import Patience


@dataclass
class House:
    """One conversation for every call."""

    conversation: FakeConversation
    brain: str = "fake-brain/1"

    async def open(self, card: CallCard) -> FakeConversation:
        return self.conversation


@dataclass
class Caller:
    """Whoever is at the far end, and the ears that are told what they say."""

    line: FarEnd
    ears: FakeTranscriber
    desk: Desk

    async def listens(self) -> None:
        """Wait until the agent has spoken."""
        while not self.line.sounding:
            await asyncio.sleep(0.02)
        while self.line.sounding:
            await asyncio.sleep(0.02)

    async def listens_for(self, ms: int) -> None:
        """Hear the agent for a while."""
        aim = self.line.heard_ms() + ms
        while self.line.heard_ms() < aim:
            await asyncio.sleep(0.02)

    async def says(self, text: str) -> None:
        """Speak, and be understood."""
        self.ears.texts.append(text)
        self.line.microphone += spoken(text)
        while self.line.microphone:
            await asyncio.sleep(0.02)


async def record(
    folder: Path,
    keys: Keyring,
    lines: Sequence[Line],
    play: Callable[[Caller], Awaitable[None]],
    patience: Patience | None = None,
    brain: type[FakeConversation] = FakeConversation,
    **fakes: float,
) -> CueTrace:
    """Hold one call whose caller does ``play`` and then hangs up; its cue log."""
    conversation, ears, voice = brain(lines), FakeTranscriber(), FakeSynthesizer()
    for name, value in fakes.items():
        for fake in (conversation, ears, voice):
            if hasattr(fake, name):
                setattr(fake, name, value)
    desk = Desk(
        house=House(conversation),
        transcriber=ears,
        synthesizer=voice,
        vad=shared_vad(),
        carrier=None,
        log=FakeCallLog(),
        feed=FakeFeed(),
        clock=VirtualClock(),
        config=VoiceConfig(patience=patience or Patience(), record_to=folder, seal=keys.seal),
    )
    line = FarEnd()
    ended: asyncio.Future[EndReason] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        ended.set_result(await desk.hold(card(), STREAM, line, line.events()))

    async with asyncio.TaskGroup() as group:
        phone = group.create_task(line.run(), name="phone")
        group.create_task(hold(), name="call")
        await play(Caller(line, ears, desk))
        if not ended.done():
            line.hang_up()
        await ended
        phone.cancel()
    call_id = card().call_id
    return read_cues(folder / f"{call_id}.cues", call_id, keys.open)
