"""How turns of recorded humans end: what Silero and the turn model make of each, kept in a file."""

from __future__ import annotations

import json
import pickle
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.speech import AnswerKind
from tests.bench.recordings import halves
from voice.audio import g711
from voice.audio.frame import Sound, silence
from voice.audio.loudness import with_noise_floor
from voice.audio.resample import resample
from voice.endpointing import WINDOW_MS, Patience
from voice.ports import LINE_HZ, Pcm
from voice.providers.turn_smart import TurnNetwork, packaged_model
from voice.vad import WINDOW, SharedVad, VadStream

CATEGORIES = ("utterances", "short_words", "digits", "long", "composite")
PHASES_MS = (0, 8, 16, 24)
BEFORE_MS, AFTER_MS, LINE_DBFS = 320, 4200, -62.0
EARLY_MS = 50
ASKED_AT = (1, 2, 3, 4, 5, 6)  # quiet windows after which the turn model is asked
PIPECAT_VOICE, PIPECAT_WINDOWS = 0.7, 6  # its threshold, and its 0.2 s in windows of 32 ms
PATIENCE = Patience()
YES_NO, TIME, NUMBER = AnswerKind.YES_NO, AnswerKind.DATE_TIME, AnswerKind.NUMBER
KINDS = {"dograh_yes": YES_NO, "dograh_nope": YES_NO, "gcp_today": TIME, "phone_number": NUMBER}


@dataclass(slots=True)
class Line:
    """One recording in one phase: what Silero and the turn model make of it."""

    name: str
    half: str  # of the speakers
    kind: AnswerKind
    words: tuple[str, ...]
    word_ends_ms: tuple[float, ...]  # where known
    paused: bool
    end_ms: float
    probabilities: list[float]
    answers: dict[int, float] = field(default_factory=dict)  # by window

    def onset(self) -> int:
        """The window where the caller's turn begins."""
        loud = [p >= PATIENCE.on_probability for p in self.probabilities]
        return next(at for at in range(1, len(loud)) if loud[at - 1] and loud[at])

    def text(self, at: int) -> str:
        """The words spoken until window ``at``: by their times, else by the share of voice."""
        if self.word_ends_ms:
            return " ".join(
                word
                for word, end in zip(self.words, self.word_ends_ms, strict=True)
                if end <= (at + 1) * WINDOW_MS
            )
        voiced = np.cumsum([p >= PATIENCE.off_probability for p in self.probabilities])
        return " ".join(self.words[: round(len(self.words) * voiced[at] / voiced[-1])])


def lines(folder: Path, model: Path | None, keep: Path | None) -> list[Line]:
    """Every recording in every phase. ``keep``: a file that keeps what the models said.

    ``model``: the turn model's file, where the pipecat-ai wheel is not installed.
    """
    if keep is not None and keep.is_file():
        kept: list[Line] = pickle.loads(keep.read_bytes())
        return kept
    vad, turn_model = SharedVad(), TurnNetwork(model or packaged_model())
    entries = json.loads((folder / "manifest.json").read_text())["files"]
    half_of = halves({each["speaker"] for each in entries})
    made = []
    for entry in entries:
        if entry["category"] in CATEGORIES and entry.get("transcript"):
            for phase in PHASES_MS:
                line, audio = _line(folder, entry, phase, vad, half_of[entry["speaker"]])
                _ask(line, audio, turn_model)
                made.append(line)
    if keep is not None:
        keep.write_bytes(pickle.dumps(made))
    return made


def _line(
    folder: Path, entry: dict[str, Any], phase: int, vad: SharedVad, half: str
) -> tuple[Line, Pcm]:
    name, lead = entry["file"], BEFORE_MS + phase
    with wave.open(str(folder / name)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        sound = Sound(samples[:: file.getnchannels()].copy(), file.getframerate())
    whole = np.concatenate((silence(lead), resample(sound).samples, silence(AFTER_MS)))
    audio = g711.decode(g711.encode(with_noise_floor(whole, LINE_DBFS, seed=phase)))
    stream = VadStream()
    stream.feed(audio)
    segments: list[tuple[float, float, str]] = entry.get("segments") or []
    line = Line(
        name=f"{name} +{phase}",
        half=half,
        kind=_kind(name, entry["category"]),
        words=tuple(entry["transcript"].split()),
        word_ends_ms=tuple(lead + 1000 * end for _, end, _ in segments),
        paused=entry["longest_pause_s"] >= 0.2,
        end_ms=lead + 1000 * entry["speech_end_s"],
        probabilities=[window.probability for window in vad.probabilities([stream])[0]],
    )
    return line, audio


def _kind(name: str, category: str) -> AnswerKind:
    """What was asked for, as far as the recording tells."""
    named = (kind for prefix, kind in KINDS.items() if prefix in name)
    by_category = {"digits": AnswerKind.NUMBER, "short_words": AnswerKind.CHOICE}
    return next(named, by_category.get(category, AnswerKind.OPEN))


def _ask(line: Line, audio: Pcm, model: TurnNetwork) -> None:
    """Ask the turn model wherever one of the rules might."""
    begins = max(0, line.onset() * WINDOW - PATIENCE.lead_in_ms * LINE_HZ // 1000)
    for at in {at for at, quiet in quiet_runs(line) if quiet in ASKED_AT} | {
        *voice_changes(line)[1::2]
    }:
        line.answers[at] = model.judge(audio[begins : (at + 1) * WINDOW])


def quiet_runs(line: Line) -> Iterable[tuple[int, int]]:
    """(window, how many quiet windows there have been up to it), from the onset on."""
    quiet = 0
    for at in range(line.onset() + 1, len(line.probabilities)):
        quiet = quiet + 1 if line.probabilities[at] < PATIENCE.off_probability else 0
        yield at, quiet


def voice_changes(line: Line) -> list[int]:
    """The windows in which Pipecat's voice detector starts, stops, starts again ..."""
    speaking, count, changes = False, 0, []
    for at, probability in enumerate(line.probabilities):
        count = count + 1 if (probability >= PIPECAT_VOICE) is not speaking else 0
        if count == PIPECAT_WINDOWS:
            speaking, count = not speaking, 0
            changes.append(at)
    return changes


def inner_pauses(line: Line) -> list[int]:
    """The pauses inside the turn, in ms of quiet windows."""
    runs = list(quiet_runs(line))
    return [run * WINDOW_MS for (_, run), (_, after) in pairwise(runs) if run and not after]
