"""pocketsphinx: the offline ears, with a closed vocabulary made from what the agent expects.

The recogniser holds the interpreter's lock while it decodes, so it runs in worker processes of
its own; a decode costs about a tenth of the length of the speech. What it hears is always a
sentence of the grammar, so how sure it is comes from a second, unbound decode: a loop of phones
with a phone language model. Speech that belongs to the grammar is explained by it about as well
as by free phones; noise and foreign sentences are explained much worse.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Final

from core.errors import ProviderError
from core.speech import Expectation
from voice.ports import LINE_HZ, Pcm, Transcript
from voice.providers.stt_pocketsphinx import ear
from voice.workers import PoolConfig, Workers

PROVIDER: Final = "pocketsphinx"
WORKERS = 1  # each decodes ten calls' worth of turns; more than one per core gains nothing
TIMEOUT_S = 6.0  # of one decode, waiting included; a long turn takes a second
MISSING: Final = (
    "not installed for this Python. It has wheels for Python 3.11 and 3.13, none for 3.12: "
    "use one of those, or build it with a C compiler: "
    "uv pip install --no-binary pocketsphinx pocketsphinx"
)


class PocketsphinxTranscriber:
    """The `Transcriber` of pocketsphinx. Its worker processes start with the first decode."""

    def __init__(
        self,
        workers: int = WORKERS,
        timeout_s: float = TIMEOUT_S,
        find: Callable[[str], object] = importlib.util.find_spec,
    ) -> None:
        """Check that the engine is there. ``find`` looks a module up without importing it.

        Raises:
            ProviderError: pocketsphinx is missing; the message says what to do.
        """
        if find("pocketsphinx") is None:
            raise ProviderError(PROVIDER, MISSING, retryable=False)
        self._pool = Workers(PoolConfig(PROVIDER, workers, timeout_s), ear.load)

    @property
    def name(self) -> str:
        """The engine and its acoustic model."""
        return ear.NAME

    @property
    def sku(self) -> str:
        """What its usage is priced by: nothing, it runs on this machine."""
        return PROVIDER

    def warm_up(self) -> None:
        """Start the workers and load their models (about a second); blocks. Optional.

        Raises:
            ProviderError: one could not load.
        """
        self._pool.warm_up()

    def check(self) -> None:
        """Whether it can hear now. Raises ProviderError: no worker lives that has loaded."""
        self._pool.check()

    def close(self) -> None:
        """End the workers; what is under way fails."""
        self._pool.close()

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """Decode one whole stretch of speech (8000 Hz) with the grammar of ``expects``.

        Cancel-safe: yes; a decode already in a worker ends there and is dropped.
        Raises:
            ProviderError: the worker died, failed or took too long; retryable, it is replaced.
        """
        heard = await self._pool.call(ear.hear, audio.tobytes(), expects)
        return Transcript(
            text=heard.text,
            confidence=heard.confidence,
            engine=ear.NAME,
            audio_ms=audio.size * 1000 // LINE_HZ,
        )
