"""Mu-law sound: tables, silence, comfort noise and loudness.

G.711 mu-law carries one byte a sample at 8000 Hz. Both tables are computed once from the
definition (ITU-T G.711, table 2a), in 16-bit scale with the usual bias of 132.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pcm: TypeAlias = NDArray[np.int16]  # mono, 8000 Hz, one dimension

LINE_HZ: Final = 8000
SAMPLES_PER_MS: Final = LINE_HZ // 1000
FRAME_MS: Final = 20  # one packet of every carrier, and of Media Streams
FRAME_BYTES: Final = FRAME_MS * SAMPLES_PER_MS
SILENCE_BYTE: Final = 0xFF  # mu-law's positive zero
SILENT_FRAME: Final = bytes([SILENCE_BYTE]) * FRAME_BYTES

_BIAS: Final = 132  # 33 in 14-bit scale, G.711
_CLIP: Final = 32635
_FULL_SCALE: Final = 32768.0
FLOOR_DBFS: Final = -100.0  # said of digital silence, whose logarithm does not exist


def _decode_table() -> Pcm:
    code = ~np.arange(256, dtype=np.uint8) & 0xFF
    exponent = ((code >> 4) & 7).astype(np.int32)
    mantissa = (code & 15).astype(np.int32)
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    linear = np.arange(-32768, 32768, dtype=np.int32)
    magnitude = np.minimum(np.abs(linear), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    sign = np.where(linear < 0, 0x80, 0)
    table: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return table


_DECODED: Final = _decode_table()
_ENCODED: Final = _encode_table()
# Squares as floats, so that the energy of a frame is one look-up and one mean.
_SQUARED: Final = np.square(_DECODED.astype(np.float64))


def decode(mulaw: bytes) -> Pcm:
    """Linear 16-bit samples of mu-law bytes, one each."""
    decoded: Pcm = _DECODED[np.frombuffer(mulaw, dtype=np.uint8)]
    return decoded


def encode(pcm: Pcm) -> bytes:
    """Mu-law bytes of linear 16-bit samples, one each."""
    encoded: NDArray[np.uint8] = _ENCODED[pcm.astype(np.int32) + 32768]
    return encoded.tobytes()


def dbfs(mulaw: bytes) -> float:
    """The loudness of ``mulaw`` (RMS) in decibels below full scale; silence is -100."""
    if not mulaw:
        return FLOOR_DBFS
    # add.reduce and math.log10 rather than mean and np.log10: this runs 100 times a second a call
    total = float(np.add.reduce(_SQUARED[np.frombuffer(mulaw, dtype=np.uint8)]))
    if total <= 0:
        return FLOOR_DBFS
    return max(FLOOR_DBFS, 10 * math.log10(total / len(mulaw) / _FULL_SCALE**2))


def comfort_noise(level_dbfs: float, frames: int = 50, seed: int = 1) -> tuple[bytes, ...]:
    """``frames`` frames of white noise at ``level_dbfs``: a quiet room, to be repeated."""
    noise = np.random.default_rng(seed).normal(size=frames * FRAME_BYTES)
    pcm = np.clip(noise * _FULL_SCALE * 10 ** (level_dbfs / 20), -32768, 32767).astype(np.int16)
    return split(encode(pcm))


def split(mulaw: bytes) -> tuple[bytes, ...]:
    """``mulaw`` cut into frames of 20 ms; the last is filled up with silence."""
    whole = mulaw + bytes([SILENCE_BYTE]) * (-len(mulaw) % FRAME_BYTES)
    return tuple(whole[at : at + FRAME_BYTES] for at in range(0, len(whole), FRAME_BYTES))
