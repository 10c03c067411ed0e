"""Fit the weights of `voice.audio.widen` on wide-band recordings of people.

Run by hand: ``python -m tests.bench.train_widening FOLDER``, where FOLDER holds 16 kHz mono WAV
files and a ``manifest.json`` that lists them. Prints the explained variance on the half of the
recordings that a trial fit did not see, then the weights of the fit on all of them.
"""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voice.audio.frame import Sound
from voice.audio.resample import resample
from voice.audio.widen import (
    BANDS_ABOVE_HZ,
    BANDS_BELOW_HZ,
    SPEECH_RMS,
    WIDE_HZ,
    band_powers,
    features,
)
from voice.ports import LINE_HZ

CATEGORIES = ("utterances", "short_words", "long")
LONGEST_S = 40  # of one recording, so that no speaker outweighs the others
RIDGE = 0.001  # per frame: keeps weights small where bands say the same

Real = NDArray[np.float64]


def recordings(folder: Path) -> list[Real]:
    """The wide-band recordings of the manifest, their loud half at the level of the fit."""
    found = []
    for entry in json.loads((folder / "manifest.json").read_text())["files"]:
        wide = min(entry["sample_rate"], entry["original_sample_rate"]) >= WIDE_HZ
        if entry["category"] not in CATEGORIES or not wide or entry["channels"] != 1:
            continue
        with wave.open(str(folder / entry["file"])) as file:
            samples = np.frombuffer(file.readframes(LONGEST_S * WIDE_HZ), dtype=np.int16)
        exact = samples.astype(np.float64)
        loud = exact[np.abs(exact) > exact.std() * 0.5]
        found.append(exact * SPEECH_RMS / loud.std())
    return found


def pair(wide: Real) -> tuple[Real, Real]:
    """What the telephone leaves of a recording, as features, and the upper bands it had."""
    samples = np.clip(wide, -32768, 32767).astype(np.int16)
    line = resample(Sound(samples, WIDE_HZ), LINE_HZ)
    below = band_powers(resample(line, WIDE_HZ).samples.astype(np.float64), BANDS_BELOW_HZ)
    above = band_powers(wide, BANDS_ABOVE_HZ)
    frames = min(len(below), len(above))
    return features(below[:frames]), above[:frames]


def fit(pairs: list[tuple[Real, Real]]) -> Real:
    """Least squares with a small ridge."""
    seen = np.concatenate([before for before, _ in pairs])
    wanted = np.concatenate([after for _, after in pairs])
    ridge = RIDGE * len(seen) * np.eye(seen.shape[1])
    weights: Real = np.linalg.solve(seen.T @ seen + ridge, seen.T @ wanted)
    return weights


def main() -> None:
    """Fit, and print."""
    pairs = [pair(wide) for wide in recordings(Path(sys.argv[1]))]
    trial = fit(pairs[::2])
    missed = np.concatenate([before @ trial - after for before, after in pairs[1::2]])
    spread = np.concatenate([after for _, after in pairs[1::2]])
    explained = 1 - (missed**2).mean(axis=0) / spread.var(axis=0)
    sys.stdout.write(f"explained {explained.round(2)} of {len(pairs)} recordings\n")
    for row in fit(pairs):
        sys.stdout.write(f"    ({', '.join(f'{weight:.4f}' for weight in row)}),\n")


if __name__ == "__main__":
    main()
