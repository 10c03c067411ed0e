"""G.711 mu-law: linear 16 bit samples to bytes and back, by two tables.

The encoder follows the 14 bit rule of ITU-T G.711 (sample >> 2, bias 33, clip 8159), so the
bytes are those that every telephone switch makes. Both directions are one table look-up per
sample: 65 536 bytes one way, 256 words the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voice.ports import Pcm

SILENCE_BYTE = 0xFF  # positive zero
BIAS = 33  # G.711: shifts the segment borders to powers of two
CLIP = 8159  # G.711: the largest 14 bit magnitude, plus the bias it is 8192


def _encode_table() -> NDArray[np.uint8]:
    """The byte of each sample, indexed by the sample's 16 bits read as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    biased = np.minimum(np.abs(sample), CLIP) + BIAS
    segment = np.clip(np.floor(np.log2(biased)).astype(np.int32) - 5, 0, 7)
    step = (biased >> (segment + 1)) & 0x0F
    magnitude = np.where(biased > 0x1FFF, 0x7F, (segment << 4) | step)
    return np.where(sample < 0, magnitude ^ 0x7F, magnitude ^ 0xFF).astype(np.uint8)


def _decode_table() -> Pcm:
    """The sample of each byte, at the middle of its step."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 1) + BIAS) << ((code >> 4) & 7)) - BIAS
    return np.where(code & 0x80, -magnitude * 4, magnitude * 4).astype(np.int16)


_TO_BYTE = _encode_table()
_TO_SAMPLE = _decode_table()


def encode(audio: Pcm) -> bytes:
    """One mu-law byte per sample."""
    encoded: bytes = _TO_BYTE[np.ascontiguousarray(audio).view(np.uint16)].tobytes()
    return encoded


def decode(payload: bytes) -> Pcm:
    """One linear sample per mu-law byte."""
    decoded: Pcm = _TO_SAMPLE[np.frombuffer(payload, dtype=np.uint8)]
    return decoded
