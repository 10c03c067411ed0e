"""The public recordings of a speech folder: what its manifest says, and the audio at 8000 Hz."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voice.audio.resample import Resampler
from voice.ports import LINE_HZ, Pcm

FIT, TEST = "fit", "test"  # what constants are chosen by, and what they are judged by


@dataclass(frozen=True)
class Recording:
    """One file: where its speech begins and ends, if it holds any; milliseconds."""

    file: str
    category: str
    speaker: str
    half: str
    words: tuple[str, ...]
    audio: Pcm
    start_ms: float
    end_ms: float


def recordings(folder: Path) -> Iterator[Recording]:
    """Everything that ``folder/manifest.json`` lists, left channel only, in its order."""
    entries = json.loads((folder / "manifest.json").read_text())["files"]
    half_of = halves({each["speaker"] for each in entries})
    for each in entries:
        audio = _read(folder / each["file"])
        start, end = (1000 * (each.get(f"speech_{edge}_s") or 0.0) for edge in ("start", "end"))
        speaker = each["speaker"]
        words = tuple((each.get("transcript") or "").split())
        yield Recording(
            each["file"], each["category"], speaker, half_of[speaker], words, audio, start, end
        )


def halves(speakers: Iterable[str]) -> dict[str, str]:
    """Which half each speaker belongs to: every other one in the order of their names."""
    return {name: (FIT, TEST)[at % 2] for at, name in enumerate(sorted(speakers))}


def _read(path: Path) -> Pcm:
    with wave.open(str(path)) as opened:
        channels, rate_hz = opened.getnchannels(), opened.getframerate()
        audio: Pcm = np.frombuffer(opened.readframes(opened.getnframes()), dtype=np.int16)
    audio = audio[::channels]
    if rate_hz == LINE_HZ:
        return audio
    resampler = Resampler(rate_hz, LINE_HZ)
    return np.concatenate((resampler.push(audio), resampler.flush()))
