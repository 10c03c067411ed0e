"""Stand-ins for the three engines of a Pipecat bot: their delays are exact, their words fixed."""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

from pipecat.audio.vad.vad_analyzer import VAD_STOP_SECS
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

REPLY: Final = (
    "That is good to hear, thank you for telling me. Let me just write that down before we go on, "
    "and then I have one more small question for you about it."
)
LINE_HZ: Final = 8000
CHARACTERS_PER_S: Final = 14  # a calm reading voice
CHUNK_S: Final = 0.2  # of sound in one piece from the speech engine
SYNTHESIS_SPEED: Final = 10  # times real time, as streaming engines deliver
P99_MARGIN_S: Final = 0.05  # transcripts are exact here; more would only hide a fault


@dataclass(frozen=True, slots=True)
class Engines:
    """The delays of the stand-ins in seconds, and what they say.

    ``heard``: the text of every utterance; empty: no words are ever recognised (noise).
    """

    stt_s: float
    llm_first_s: float
    llm_tokens: int
    llm_token_s: float
    tts_first_s: float
    heard: str


def one_second_of_voice() -> bytes:
    """A hum of 200 Hz with overtones and a syllable rhythm, never silent: PCM 16-bit, 8000 Hz.

    Whole periods fit a second, so it repeats without a click and any hole in it is a fault.
    """
    samples = []
    for index in range(LINE_HZ):
        at = index / LINE_HZ
        tone = sum(math.sin(math.tau * 200 * k * at) / k for k in range(1, 6))
        loudness = 0.7 + 0.3 * math.sin(math.tau * 5 * at)
        samples.append(round(5000 * loudness * tone))
    return struct.pack(f"<{LINE_HZ}h", *samples)


VOICE: Final = one_second_of_voice() * 2  # a chunk may start anywhere in the first second


def voice_of(start: int, count: int) -> bytes:
    """``count`` samples (at most a second) of the voice from sample ``start`` of an utterance."""
    offset = start % LINE_HZ
    return VOICE[2 * offset : 2 * (offset + count)]


class KnownRecogniser(STTService):
    """Hears fixed words: final ``stt_s`` after the last voiced sound, if that is after VAD stop.

    The transcript is marked final, as one of a service that was told to finalise is, so Pipecat
    does not wait for its P99 figure. A caller who goes on before it is out gets one for both parts.
    """

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            ttfs_p99_latency=max(engines.stt_s, VAD_STOP_SECS) + P99_MARGIN_S,
            settings=STTSettings(model="known", language=None),
        )
        self._engines = engines
        self._pending: asyncio.Task[None] | None = None

    def can_generate_metrics(self) -> bool:
        """As every service of Pipecat does."""
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Take in sound; transcripts come from ``process_frame``, as a streaming service's do."""
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer the end of an utterance with its text."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            await self._forget()
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._engines.heard:
            voiced_until = frame.timestamp - frame.stop_secs
            wait_s = voiced_until + self._engines.stt_s - time.time()
            if wait_s > 0:
                self._pending = self.create_task(self._transcribe_after(wait_s))
            else:
                await self._transcribe()

    async def stop(self, frame: EndFrame) -> None:
        """End with the call."""
        await super().stop(frame)
        await self._forget()

    async def cancel(self, frame: CancelFrame) -> None:
        """End with the call."""
        await super().cancel(frame)
        await self._forget()

    async def _transcribe_after(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self._pending = None
        await self._transcribe()

    async def _transcribe(self) -> None:
        await self.emit_stt_usage_metrics()
        await self.push_frame(
            TranscriptionFrame(self._engines.heard, "", time_now_iso8601(), finalized=True)
        )

    async def _forget(self) -> None:
        if self._pending is not None:
            await self.cancel_task(self._pending)
            self._pending = None


class KnownModel(LLMService):
    """Answers with ``REPLY``, word by word: the first after ``llm_first_s``, then evenly."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            settings=LLMSettings(
                model="known",
                system_instruction=None,
                temperature=None,
                max_tokens=None,
                top_p=None,
                top_k=None,
                frequency_penalty=None,
                presence_penalty=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
            )
        )
        self._engines = engines
        self._tokens = tokens_of(REPLY, engines.llm_tokens)

    def can_generate_metrics(self) -> bool:
        """As every service of Pipecat does."""
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context. An interruption cancels this, as it cancels a real request."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        try:
            await self.push_frame(LLMFullResponseStartFrame())
            await self.start_processing_metrics()
            await self.start_ttfb_metrics()
            await self._stream()
        finally:
            await self.stop_processing_metrics()
            await self.push_frame(LLMFullResponseEndFrame())

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._engines.llm_first_s
        for number, token in enumerate(self._tokens):
            await asyncio.sleep(max(0.0, due - loop.time()))
            if number == 0:
                await self.stop_ttfb_metrics()
            await self._push_llm_text(token)
            due += self._engines.llm_token_s


def tokens_of(text: str, count: int) -> list[str]:
    """``count`` tokens of about a word, each with its leading space; the text again if short.

    0 means the text once.
    """
    words = text.split()
    chosen = list(islice(cycle(words), count or len(words)))
    return chosen[:1] + [f" {word}" for word in chosen[1:]]


class KnownVoice(TTSService):
    """Speaks a hum as long as the text would take: the first sound after ``tts_first_s``."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="known", voice="hum", language=None),
        )
        self._first_s = engines.tts_first_s

    def can_generate_metrics(self) -> bool:
        """As every service of Pipecat does."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yield the sound of ``text`` at ``SYNTHESIS_SPEED``."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._first_s
        await self.start_tts_usage_metrics(text)
        chunk = int(CHUNK_S * self.sample_rate)
        total = len(text) * self.sample_rate // CHARACTERS_PER_S
        for start in range(0, total, chunk):
            await asyncio.sleep(max(0.0, due - loop.time()))
            sound = voice_of(start, min(chunk, total - start))
            yield TTSAudioRawFrame(sound, self.sample_rate, 1, context_id=context_id)
            due += CHUNK_S / SYNTHESIS_SPEED
