"""pocketsphinx: the offline ears, with a closed vocabulary made from what the agent expects.

The recogniser holds the interpreter's lock while it decodes, so it runs in worker processes of
its own; a decode costs about a tenth of the length of the speech. What it hears is always a
sentence of the grammar, so how sure it is comes from a second, unbound decode: a loop of phones
with a phone language model. Speech that belongs to the grammar is explained by it about as well
as by free phones; noise and foreign sentences are explained much worse.
"""

from __future__ import annotations

import asyncio
import importlib.util
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from core.errors import ProviderError
from core.speech import Expectation
from voice.ports import LINE_HZ, Pcm, Transcript
from voice.providers.stt_pocketsphinx import ear, worker

PROVIDER: Final = "pocketsphinx"
WORKERS = 1  # each decodes ten calls' worth of turns; more than one per core gains nothing
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
        find: Callable[[str], object] = importlib.util.find_spec,
    ) -> None:
        """Check that the engine is there. ``find`` looks a module up without importing it.

        Raises:
            ProviderError: pocketsphinx is missing; the message says what to do.
        """
        if find("pocketsphinx") is None:
            raise ProviderError(PROVIDER, MISSING, retryable=False)
        self._workers = workers
        self._pool = self._new_pool()

    @property
    def name(self) -> str:
        """The engine and its acoustic model."""
        return ear.NAME

    @property
    def sku(self) -> str:
        """What its usage is priced by: nothing, it runs on this machine."""
        return PROVIDER

    def warm_up(self) -> None:
        """Start a worker and load its model (about a second); blocks. Optional."""
        self._pool.submit(ear.load).result()

    def close(self) -> None:
        """Stop the workers once they are idle; the process's end does it too."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """Decode one whole stretch of speech (8000 Hz) with the grammar of ``expects``.

        Cancel-safe: yes; a decode already in a worker ends there and is dropped.
        Raises:
            ProviderError: the worker died or failed; retryable, it is started anew.
        """
        loop = asyncio.get_running_loop()
        try:
            heard = await loop.run_in_executor(self._pool, ear.hear, audio.tobytes(), expects)
        except BrokenProcessPool as error:
            self._pool = self._new_pool()
            raise ProviderError(PROVIDER, "its worker died", retryable=True) from error
        except (RuntimeError, ValueError) as error:
            raise ProviderError(PROVIDER, str(error), retryable=True) from error
        return Transcript(
            text=heard.text,
            confidence=heard.confidence,
            engine=ear.NAME,
            audio_ms=audio.size * 1000 // LINE_HZ,
        )

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=worker.begin,
        )
