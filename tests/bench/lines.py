"""Lines on which somebody speaks or something sounds, as the detector judges them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from tests.bench.recordings import Recording
from voice.audio.loudness import speech_dbfs, with_noise_floor
from voice.ports import LINE_HZ, Pcm
from voice.vad import WINDOW, WINDOW_MS, SharedVad, VadStream, Voiced

HUMAN = ("utterances", "short_words", "digits", "long")
SOUNDS = ("noise", "tones")
MIXED = ("noise/coffee_shop", "noise/office_ambience", "noise/sb_noise1", "noise/koala")
PHASES = 4  # places within a window, 8 ms apart
LEAD_IN_S = 2  # of line before a recording
EARLIER_S, EACH_S = 24, 6  # of call before that, and a word of another caller in each so many
LINE_NOISE_DBFS = -62.0
DEAD, QUIET = "dead", "quiet"  # digital silence; faint noise
LATE = "late"  # dead, and much was said earlier in the call
OVER_NOISE_DB = {"20 dB": 20.0, "10 dB": 10.0}  # that speech is over the noise
LINES = (DEAD, LATE, QUIET, *OVER_NOISE_DB)
LEVELS_DBFS = (-50, -40, -30, -20)
OFFSETS = 4  # places in a sound at which its minute begins
VOICED = 0.5  # Silero's own threshold
AT_ONCE = 64  # streams judged together


@dataclass(frozen=True)
class Stretch:
    """One stretch of line, window by window, and where a human speaks in it, if anyone does."""

    file: str
    category: str
    line: str  # one of LINES, or the dBFS of a sound
    half: str
    begins_ms: float = 0.0
    ends_ms: float = 0.0
    words: tuple[str, ...] = ()
    earlier: int = 0  # windows of the call that are not shown
    windows: tuple[Voiced, ...] = ()

    def said(self, from_ms: int, to_ms: int) -> tuple[float, float]:
        """The share of the voice that has sounded by each of two positions, 0..1."""
        first, last = int(self.begins_ms / WINDOW_MS), math.ceil(self.ends_ms / WINDOW_MS)
        voiced = [at for at in range(first, last) if self.windows[at].probability >= VOICED]
        if not voiced:
            return 0.0, 0.0
        before = (sum((at + 0.5) * WINDOW_MS < ms for at in voiced) for ms in (from_ms, to_ms))
        return next(before) / len(voiced), next(before) / len(voiced)

    @property
    def name(self) -> str:
        """The file without its folder and ending."""
        return Path(self.file).stem


Unjudged = tuple[Stretch, Pcm]


def judged(vad: SharedVad, stretches: Iterable[Unjudged]) -> Iterator[Stretch]:
    """Every stretch through mu-law and the detector, the short ones first."""
    lines = sorted(stretches, key=lambda each: each[1].size)
    for first in range(0, len(lines), AT_ONCE):
        part = lines[first : first + AT_ONCE]
        streams = [VadStream() for _ in part]
        for stream, (_, audio) in zip(streams, part, strict=True):
            stream.feed(audio)
        for windows, (about, _) in zip(vad.probabilities(streams), part, strict=True):
            skipped = about.earlier * WINDOW
            shown = (w._replace(end_sample=w.end_sample - skipped) for w in windows)
            yield replace(about, windows=tuple(shown)[about.earlier :])


def callers(
    files: list[Recording], tail_s: float = 1.0, lines: Sequence[str] = LINES
) -> Iterator[Unjudged]:
    """Each human at each place within a window, on each kind of line, ``tail_s`` of it after."""
    noises = [each.audio for each in files if each.file.startswith(MIXED)]
    humans = [each for each in files if each.category in HUMAN]
    for at, human in enumerate(humans):
        for phase, line in product(range(PHASES), lines):
            lead = LEAD_IN_S * LINE_HZ + phase * WINDOW // PHASES
            sound = np.zeros(lead + human.audio.size + round(tail_s * LINE_HZ))
            sound[lead : lead + human.audio.size] = human.audio
            if line in OVER_NOISE_DB:
                noise = noises[(at + phase) % len(noises)]
                gain_db = speech_dbfs(human.audio) - OVER_NOISE_DB[line] - speech_dbfs(noise)
                under = looped(noise, sound.size, at * 7919 % noise.size)
                sound += under * 10 ** (gain_db / 20)
            audio = np.clip(sound, -32768, 32767).astype(np.int16)
            if line == LATE:
                audio = np.concatenate((_earlier(humans, at + phase), audio))
            elif line != DEAD:
                audio = with_noise_floor(audio, LINE_NOISE_DBFS, at * PHASES + phase)
            begins, ends = (edge + lead * 1000 / LINE_HZ for edge in (human.start_ms, human.end_ms))
            about = Stretch(human.file, human.category, line, human.half, begins, ends, human.words)
            if line == LATE:
                about = replace(about, earlier=EARLIER_S * LINE_HZ // WINDOW)
            yield about, audio


def _earlier(humans: Sequence[Recording], at: int) -> Pcm:
    """A dead line on which short words are said now and then."""
    line = np.zeros(EARLIER_S * LINE_HZ, dtype=np.int16)
    words = [each.audio for each in humans if each.category == "digits"]
    for turn, begins in enumerate(range(LINE_HZ, line.size, EACH_S * LINE_HZ)):
        word = words[(at * 7 + turn * 13) % len(words)]
        line[begins : begins + word.size] = word
    return line


def sounds(files: list[Recording], length_s: int) -> Iterator[Unjudged]:
    """Each sound without speech, looped, at each level, begun at several places."""
    for each in files:
        for level in LEVELS_DBFS if each.category in SOUNDS else ():
            gain = 10 ** ((level - speech_dbfs(each.audio)) / 20)
            loud = np.clip(each.audio * gain, -32768, 32767).astype(np.int16)
            for offset in range(OFFSETS):
                first = offset * each.audio.size // OFFSETS
                about = Stretch(each.file, each.category, str(level), each.half)
                yield about, looped(loud, length_s * LINE_HZ, first)


def looped(audio: Pcm, samples: int, first: int = 0) -> Pcm:
    """``samples`` of ``audio`` over and over, from its sample ``first``."""
    return np.resize(np.roll(audio, -first), samples)
