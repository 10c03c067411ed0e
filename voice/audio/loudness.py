"""Loudness: the level of a sound, setting it, and a floor of noise under it."""

from __future__ import annotations

import numpy as np

from voice.audio.frame import FRAME_SAMPLES, MAX_INT16
from voice.ports import Pcm

SILENT_DBFS = -120.0  # reported for digital silence, below one step of 16 bit
GATE_DB = 25.0  # frames this far below the loudest are pauses, not speech


def level_dbfs(audio: Pcm) -> float:
    """The root-mean-square level against full scale; a full-scale square wave is 0 dBFS."""
    if audio.size == 0:
        return SILENT_DBFS
    power = float(np.mean(np.square(audio.astype(np.float64))))
    return _decibels(power)


def speech_dbfs(audio: Pcm) -> float:
    """The level of the loud 20 ms frames only (8000 Hz), so that pauses do not count."""
    whole = audio.size - audio.size % FRAME_SAMPLES
    if whole == 0:
        return level_dbfs(audio)
    framed = audio[:whole].astype(np.float64).reshape(-1, FRAME_SAMPLES)
    power = np.mean(np.square(framed), axis=1)
    loud = power >= power.max() / 10 ** (GATE_DB / 10)
    return _decibels(float(power[loud].mean()))


def normalised(audio: Pcm, to_dbfs: float, *, most_db: float = 30.0) -> Pcm:
    """``audio`` with its speech at ``to_dbfs``; raised by ``most_db`` at most, never clipped."""
    level = speech_dbfs(audio)
    if level <= SILENT_DBFS:
        return audio
    gain = 10 ** (min(to_dbfs - level, most_db) / 20)
    peak = float(np.abs(audio.astype(np.int32)).max())
    gain = min(gain, MAX_INT16 / peak)
    scaled: Pcm = np.rint(audio * gain).astype(np.int16)
    return scaled


def with_noise_floor(audio: Pcm, floor_dbfs: float, seed: int) -> Pcm:
    """``audio`` plus white noise at ``floor_dbfs``; the same seed gives the same noise."""
    scale = MAX_INT16 * 10 ** (floor_dbfs / 20)
    noise = np.random.default_rng(seed).standard_normal(audio.size) * scale
    mixed: Pcm = np.clip(np.rint(audio + noise), -32768, MAX_INT16).astype(np.int16)
    return mixed


def _decibels(power: float) -> float:
    full_scale = float(MAX_INT16 + 1) ** 2
    if power <= full_scale * 10 ** (SILENT_DBFS / 10):
        return SILENT_DBFS
    return 10 * float(np.log10(power / full_scale))
