"""Sentences to sound, one after the other: the queue in front of the voice engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import structlog

from core.errors import ProviderError
from core.ids import VoiceName
from core.usage import Unit, Usage
from voice.commands import Speak
from voice.playback import Playback
from voice.ports import Synthesizer

log = structlog.get_logger(__name__)

CHUNK_WITHIN_S = 8.0  # a voice that makes no sound for so long has failed


class Speaking:
    """Voices what it is told to, in order, until it is told to stop."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        voice: VoiceName,
        playback: Playback,
        used: Callable[[Usage], None],
    ) -> None:
        self._synthesizer = synthesizer
        self._voice = voice
        self._playback = playback
        self._used = used
        self._queue: deque[Speak] = deque()
        self._wake = asyncio.Event()
        self._current: asyncio.Task[None] | None = None

    def say(self, sentence: Speak) -> None:
        """Voice ``sentence`` after those that wait already."""
        self._playback.begin(sentence.turn, sentence.utterance, sentence.text)
        self._queue.append(sentence)
        self._wake.set()

    def stop(self) -> None:
        """Voice nothing more of what was asked for so far."""
        self._queue.clear()
        if self._current is not None:
            self._current.cancel()

    async def run(self) -> None:
        """Serve the queue for as long as the call lasts; never ends by itself."""
        async with asyncio.TaskGroup() as engine:
            while True:
                while not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                sentence = self._queue.popleft()
                self._current = engine.create_task(self._voice_one(sentence), name="voice-one")
                await asyncio.wait([self._current])

    async def _voice_one(self, sentence: Speak) -> None:
        self._used(
            Usage(
                sku=self._synthesizer.sku,
                unit=Unit.TTS_CHARACTER,
                quantity=len(sentence.text),
                turn=sentence.turn,
            )
        )
        stream: Any = self._synthesizer.synthesize(sentence.text, self._voice)
        try:
            async with aclosing(stream) as chunks:
                while True:
                    async with asyncio.timeout(CHUNK_WITHIN_S):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        break
                    self._playback.add(sentence.utterance, chunk)
        except (ProviderError, TimeoutError) as error:
            log.warning("voice failed", error=repr(error))
        self._playback.finish(sentence.utterance)
