"""What the callers of the bench say: recordings of people, noise, or synthetic speech."""

from __future__ import annotations

import json
import re
import wave
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import InvalidInputError
from core.ids import VoiceName
from emulator.g711 import LINE_HZ, encode, split
from voice.audio.resample import Resampler
from voice.ports import Pcm
from voice.providers.tts_espeak import speak

SPEECH: Final = Path(__file__).resolve().parents[2].parent / "shared" / "speech"
PEOPLE: Final = ("utterances", "short_words", "digits", "long", "composite")
NOISES: Final = ("noise", "tones")
TALK: Final = "babble"  # the kind of noise that is people speaking
PAUSE_S: Final = 0.2  # a longer silence inside may be taken for the end of a turn
LONGEST_S: Final = 12.0  # of a turn: more is a speech, not an answer
LEVELS_DBFS: Final = (-50.0, -40.0, -30.0, -20.0)  # from hardly noticed to as loud as a voice
FULL_SCALE: Final = 32768.0

SENTENCES: Final = (
    "Yes, that is fine.",
    "I have three bedrooms and a garden.",
    "Could you call me tomorrow morning?",
    "We are thinking of moving in the spring.",
    "No, not at the moment.",
    "It is a small flat near the station.",
)
VOICES: Final = ("en-gb", "en-us", "en-gb-x-rp")
LOUD: Final = 300  # of 32768: what counts as speech in a synthetic voice, which has no noise


@dataclass(frozen=True, slots=True)
class Clip:
    """Something to say, as frames of 20 ms. ``start`` and ``end``: samples of the speech in it."""

    name: str
    frames: tuple[bytes, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Noise:
    """Something to be heard in the caller's room, again and again. ``is_talk``: people speak."""

    name: str
    level_dbfs: float
    frames: tuple[bytes, ...]
    is_talk: bool = False


def people(folder: Path, *, with_pauses: bool) -> list[Clip]:
    """The recordings of people with or without pauses of 0.2 s and more inside.

    Raises:
        InvalidInputError: the folder is not there, or holds no manifest.
    """
    found = []
    for entry in _manifest(folder):
        pause = entry.get("longest_pause_s")
        if entry["category"] not in PEOPLE or not entry.get("transcript") or pause is None:
            continue
        if (pause >= PAUSE_S) is with_pauses and entry["speech_end_s"] <= LONGEST_S:
            pcm = read_line_pcm(folder / entry["file"])
            start, end = (round(entry[f"speech_{edge}_s"] * LINE_HZ) for edge in ("start", "end"))
            found.append(Clip(entry["file"], split(encode(pcm)), start, min(end, pcm.size)))
    return found


def kinds(clips: Sequence[Clip]) -> str:
    """How many clips there are, and of which kind, by their folders or voices."""
    folders = Counter(re.split("[/:]", clip.name)[0] for clip in clips)
    told = ", ".join(f"{name} {count}" for name, count in folders.most_common())
    return f"{len(clips)} recordings ({told})"


def noises(folder: Path) -> list[Noise]:
    """Noise and tones at four levels. Raises InvalidInputError as ``people``."""
    found = []
    for entry in _manifest(folder):
        if entry["category"] in NOISES:
            pcm, is_talk = read_line_pcm(folder / entry["file"]), entry.get("kind") == TALK
            found += [
                Noise(entry["file"], level, split(encode(at_level(pcm, level))), is_talk)
                for level in LEVELS_DBFS
            ]
    return found


def synthetic() -> list[Clip]:
    """Sentences in synthetic voices, for a machine without recordings."""
    clips = []
    for voice in VOICES:
        for sentence in SENTENCES:
            pcm = speak(sentence, VoiceName(voice))
            loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) >= LOUD)
            clips.append(
                Clip(f"{voice}: {sentence}", split(encode(pcm)), int(loud[0]), int(loud[-1]) + 1)
            )
    return clips


def at_level(pcm: Pcm, level_dbfs: float) -> Pcm:
    """``pcm`` made as loud as ``level_dbfs`` (RMS), clipped where it does not fit."""
    sound = pcm.astype(np.float64)
    rms = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    scaled = sound * (FULL_SCALE * 10 ** (level_dbfs / 20) / rms)
    louder: Pcm = np.clip(scaled, -32768, 32767).astype(np.int16)
    return louder


def read_line_pcm(path: Path) -> Pcm:
    """A WAV file (PCM16) as the telephone carries it: mono, 8000 Hz."""
    with wave.open(str(path), "rb") as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    mono: Pcm = samples.reshape(-1, channels)[:, 0].astype(np.int16)
    if rate == LINE_HZ:
        return mono
    resampler = Resampler(rate, LINE_HZ)
    return np.concatenate((resampler.push(mono), resampler.flush()))


def _manifest(folder: Path) -> Sequence[Mapping[str, Any]]:
    path = folder / "manifest.json"
    if not path.is_file():
        raise InvalidInputError(
            f"There are no recordings in {folder}: no manifest.json. Give their folder with "
            "--speech, or take synthetic callers with --synthetic.",
            field="speech",
        )
    entries: Sequence[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["files"]
    return entries
