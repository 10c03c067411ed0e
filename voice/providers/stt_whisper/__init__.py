"""faster-whisper: hearing with a general model, on the CPU or a GPU.

Each worker process holds a model of its own. A decode covers a window of 30 s however short the
speech is, so it costs about the same for a "yes" as for a sentence: seconds on few cores with a
large model. ``parley doctor`` measures it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import ProviderError
from core.speech import Expectation
from voice.ports import LINE_HZ, Pcm, Transcript
from voice.providers.stt_whisper import engine, weights
from voice.providers.stt_whisper.config import WhisperConfig as WhisperConfig
from voice.providers.stt_whisper.speed import babble
from voice.workers import PoolConfig, Workers

PROVIDER: Final = "faster-whisper"
SAMPLE_S: Final = 1.0  # an answer of two or three words


class WhisperTranscriber:
    """The `Transcriber` of faster-whisper. Its worker processes start with the first decode."""

    def __init__(
        self,
        config: WhisperConfig,
        folder: Path,
        find: Callable[[str], object] = importlib.util.find_spec,
    ) -> None:
        """Check that the engine and the model in ``folder`` are there.

        Raises:
            ProviderError: one of them is missing; the message says what.
        """
        if find("faster_whisper") is None:
            raise ProviderError(PROVIDER, "not installed for this Python", retryable=False)
        missing = weights.missing_from(folder)
        if missing:
            raise ProviderError(
                PROVIDER, f"{folder} has no {', no '.join(missing)}", retryable=False
            )
        self._config = config
        self._folder = folder
        self.decode_s: float | None = None  # of a short answer, once it is warm
        self._pool = Workers(
            PoolConfig(PROVIDER, config.workers, config.timeout_s), engine.load, folder, config
        )

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self._config.name

    @property
    def sku(self) -> str:
        """What its usage is priced by: nothing, it runs on this machine."""
        return PROVIDER

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The workers that live now."""
        return self._pool.process_ids

    def warm_up(self) -> None:
        """Start the workers, load their models and measure a decode (seconds each); blocks.

        Optional. Raises:
            ProviderError: one could not load.
        """
        self._pool.warm_up()
        sample = babble(SAMPLE_S).tobytes()
        try:
            measured = self._pool.submit(engine.time_decode, self._folder, self._config, sample)
            self.decode_s = measured.result()
        except ProviderError:  # it took too long for any caller
            self.decode_s = self._config.timeout_s

    def check(self) -> None:
        """Whether it can hear now. Raises ProviderError: no worker lives that has loaded."""
        self._pool.check()

    def close(self) -> None:
        """End the workers; what is under way fails."""
        self._pool.close()

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """Decode one whole stretch of speech (8000 Hz); ``expects`` gives the likely words.

        Cancel-safe: yes; a decode already in a worker ends there and is dropped.
        Raises:
            ProviderError: the worker died, failed or took too long; retryable, it is replaced.
        """
        heard = await self._pool.call(
            engine.hear, self._folder, self._config, audio.tobytes(), expects
        )
        return Transcript(
            text=heard.text,
            confidence=heard.confidence,
            engine=self.name,
            audio_ms=audio.size * 1000 // LINE_HZ,
            language=heard.language,
            language_probability=heard.language_probability,
        )
