"""How fast a Whisper model is on this machine, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import ProviderError
from voice.ports import LINE_HZ, Pcm
from voice.providers.stt_whisper.config import WhisperConfig
from voice.providers.stt_whisper.engine import Engine

PROVIDER: Final = "faster-whisper"
LEVEL: Final = 3000.0  # of the sound, about -20 dBFS
SYLLABLES_HZ: Final = 4.0


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured, in seconds."""

    load_s: float
    decode_s: float  # the median
    real_time_factor: float  # decode_s by the length of the speech: below 1 keeps up


def measure(config: WhisperConfig, folder: Path, speech_s: float = 3.0, repeats: int = 3) -> Speed:
    """Load the model in ``folder`` and decode ``speech_s`` of sound ``repeats`` times. Blocks.

    Raises:
        ProviderError: the model cannot be loaded or decoded with; the message says why.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        try:
            return process.submit(_measured, config, folder, speech_s, repeats).result()
        except BrokenProcessPool as error:
            raise ProviderError(
                PROVIDER, "the process died; is there enough memory?", retryable=False
            ) from error
        except (RuntimeError, ValueError, OSError) as error:
            raise ProviderError(PROVIDER, str(error), retryable=False) from error


def _measured(config: WhisperConfig, folder: Path, speech_s: float, repeats: int) -> Speed:
    begun = time.perf_counter()
    engine = Engine(folder, config)
    load_s = time.perf_counter() - begun
    audio = babble(speech_s)
    engine.time(audio)  # the first decode also allocates
    decode_s = statistics.median(engine.time(audio) for _ in range(max(repeats, 1)))
    return Speed(load_s, decode_s, decode_s / speech_s)


def babble(seconds: float) -> Pcm:
    """Noise in the rhythm of speech, always the same."""
    size = round(seconds * LINE_HZ)
    noise = np.random.default_rng(1).standard_normal(size)
    rhythm = np.sin(np.pi * SYLLABLES_HZ * np.arange(size) / LINE_HZ) ** 2
    sound: Pcm = np.clip(noise * rhythm * LEVEL, -32768, 32767).astype(np.int16)
    return sound
