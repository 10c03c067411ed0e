"""The inside of a Whisper worker process: the model, and one decode of it.

Silero has cut the speech out already, so Whisper's own voice detection is off; each decode stands
alone, without time stamps, and is tried once: a second try at a higher temperature costs as much
as the first, and the agent asks again where it is not sure.
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.speech import Expectation
from voice.audio.frame import Sound
from voice.audio.resample import resample
from voice.ports import LINE_HZ, Pcm
from voice.providers.stt_whisper.confidence import Segment, judge
from voice.providers.stt_whisper.config import AUTO, WhisperConfig

WHISPER_HZ: Final = 16000
SHORTEST: Final = LINE_HZ * 80 // 1000  # samples: less holds no word
HOTWORD_CHARS: Final = 240  # about 60 tokens: each makes the decode a little longer
TOKENS_A_SECOND: Final = 10  # fast speech has about five; a made-up loop has no end
FEWEST_TOKENS: Final = 24
MOST_TOKENS: Final = 220  # with as many hot words they fill the decoder's 448 places
SPOKEN_TOKENS_A_SECOND: Final = 4  # of usual speech, for measuring


@dataclass(frozen=True, slots=True)
class Heard:
    """What a decode came to: the written text ("" for nothing understood), 0..1, the language."""

    text: str
    confidence: float
    language: str
    language_probability: float


class Engine:
    """One Whisper model in memory. Not thread-safe."""

    def __init__(self, folder: Path, config: WhisperConfig) -> None:
        device, compute_type = settled(config)
        self._language = config.language
        self._beam_size = config.beam_size
        self._model: Any = importlib.import_module("faster_whisper").WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=config.threads_each(),
            local_files_only=True,
        )

    def hear(self, audio: Pcm, expects: Expectation) -> Heard:
        """The words in ``audio`` (8000 Hz)."""
        if audio.size < SHORTEST:
            return Heard("", 0.0, self._language or "en", 1.0 if self._language else 0.0)
        bound = int(FEWEST_TOKENS + TOKENS_A_SECOND * audio.size / LINE_HZ)
        segments, language, probability = self._decode(
            audio, max_new_tokens=min(bound, MOST_TOKENS), hotwords=hot_words(expects) or None
        )
        judged = judge(segments)
        return Heard(judged.text, judged.confidence, language, probability)

    def time(self, audio: Pcm) -> float:
        """Seconds that a decode of ``audio`` takes if it holds as many words as speech does.

        The end of the text is forbidden, so that the work is the same whatever is heard.
        """
        end = self._model.hf_tokenizer.token_to_id("<|endoftext|>")
        words = max(1, SPOKEN_TOKENS_A_SECOND * audio.size // LINE_HZ)
        begun = time.perf_counter()
        self._decode(audio, max_new_tokens=words, suppress_tokens=[-1, end])
        return time.perf_counter() - begun

    def _decode(self, audio: Pcm, **more: object) -> tuple[list[Segment], str, float]:
        found, info = self._model.transcribe(
            wide(audio),
            language=self._language,
            beam_size=self._beam_size,
            temperature=0.0,
            vad_filter=False,
            condition_on_previous_text=False,
            without_timestamps=True,
            **more,
        )
        segments = [
            Segment(
                part.text,
                len(part.tokens),
                part.avg_logprob,
                part.no_speech_prob,
                part.compression_ratio,
            )
            for part in found
        ]
        return segments, info.language, round(float(info.language_probability), 3)


def settled(config: WhisperConfig) -> tuple[str, str]:
    """The device and the compute type, with what is automatic decided on this machine."""
    device, compute_type = config.device, config.compute_type
    if device == AUTO:
        gpus = importlib.import_module("ctranslate2").get_cuda_device_count()
        device = "cuda" if gpus > 0 else "cpu"
    if compute_type == AUTO:
        compute_type = "float16" if device == "cuda" else "int8"
    return device, compute_type


def wide(audio: Pcm) -> NDArray[np.float32]:
    """``audio`` (8000 Hz) as Whisper takes it: 16000 Hz, -1 to 1."""
    samples = resample(Sound(audio, LINE_HZ), WHISPER_HZ).samples
    return samples.astype(np.float32) / np.float32(32768)


def hot_words(expects: Expectation) -> str:
    """What the caller is likely to say, for the model's ear; the likeliest first, bounded."""
    chosen: list[str] = []
    room = HOTWORD_CHARS
    for word in dict.fromkeys((*expects.likely, *expects.places, *expects.names, *expects.phrases)):
        if len(word) + 2 > room:
            break
        chosen.append(word)
        room -= len(word) + 2
    return ", ".join(chosen)


@cache
def _engine(folder: Path, config: WhisperConfig) -> Engine:
    return Engine(folder, config)


def load(folder: Path, config: WhisperConfig) -> None:
    """Load the model of this process."""
    _engine(folder, config)


def time_decode(folder: Path, config: WhisperConfig, audio: bytes) -> float:
    """`Engine.time` of this process's model, once the first decode has allocated."""
    sound = np.frombuffer(audio, dtype=np.int16)
    _engine(folder, config).time(sound)
    return _engine(folder, config).time(sound)


def hear(folder: Path, config: WhisperConfig, audio: bytes, expects: Expectation) -> Heard:
    """`Engine.hear` of this process's model; ``audio`` as bytes of 16 bit samples."""
    return _engine(folder, config).hear(np.frombuffer(audio, dtype=np.int16), expects)
