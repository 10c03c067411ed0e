"""Fakes of the voice engines and the call log: exact delays, known word times."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.call import EndReason, Outcome
from core.card import CallCard
from core.errors import ProviderError
from core.events import LiveEvent
from core.ids import CallId, VoiceName
from core.speech import Evidence, Expectation
from core.timing import TurnTiming
from core.usage import Usage
from voice.ports import Pcm, SpeechChunk, Transcript, WordTime

WORD_MS = 300  # each word of the fake voice


@dataclass
class FakeTranscriber:
    """Says what it is told, in order; None is a failure. ``delay_s`` on the loop's clock."""

    texts: deque[str | None] = field(default_factory=deque)
    delay_s: float = 0.0
    heard: list[tuple[int, Expectation]] = field(default_factory=list)
    name: str = "fake-ears/1"
    sku: str = "fake-ears"
    language: str = "en"
    language_probability: float = 1.0

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        self.heard.append((audio.size, expects))
        await asyncio.sleep(self.delay_s)
        text = self.texts.popleft() if self.texts else ""
        if text is None:
            raise ProviderError("fake-ears", "told to fail", retryable=False)
        return Transcript(
            text,
            0.9 if text else 0.0,
            self.name,
            audio.size // 8,
            self.language,
            self.language_probability,
        )


@dataclass
class FakeSynthesizer:
    """A tone of 300 ms for each word, after ``delay_s``; texts in ``broken`` fail."""

    delay_s: float = 0.0
    broken: frozenset[str] = frozenset()
    spoken: list[str] = field(default_factory=list)
    name: str = "fake-voice/1"
    sku: str = "fake-voice"

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        self.spoken.append(text)
        await asyncio.sleep(self.delay_s)
        if text in self.broken:
            raise ProviderError("fake-voice", "told to fail", retryable=True)
        at, start = 0, 0
        for word in text.split(" "):
            yield SpeechChunk(_tone(), (WordTime(start, start + len(word), at, at + WORD_MS),))
            at += WORD_MS
            start += len(word) + 1


def _tone() -> Pcm:
    wave: Pcm = (8000 * np.sin(np.arange(WORD_MS * 8) * 2 * np.pi * 440 / 8000)).astype(np.int16)
    return wave


@dataclass
class FakeCallLog:
    """voice.ports.CallLog in memory."""

    cards: list[CallCard] = field(default_factory=list)
    timings: list[TurnTiming] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    ends: list[tuple[EndReason, Outcome, str | None]] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    async def opened(self, card: CallCard, engines: Sequence[str]) -> None:
        self.cards.append(card)

    async def used(
        self, call_id: CallId, usage: Sequence[Usage], timings: Sequence[TurnTiming] = ()
    ) -> None:
        self.usage.extend(usage)
        self.timings.extend(timings)

    async def proved(self, call_id: CallId, evidence: Evidence) -> None:
        self.evidence.append(evidence)

    async def ended(
        self, call_id: CallId, reason: EndReason, outcome: Outcome, recording: str | None
    ) -> None:
        self.ends.append((reason, outcome, recording))


@dataclass
class FakeFeed:
    """voice.ports.LiveFeed in memory."""

    events: list[LiveEvent] = field(default_factory=list)

    def publish(self, call_id: CallId, event: LiveEvent) -> None:
        self.events.append(event)
