"""Whisper's sizes: what each costs to decode, estimated from those that were measured.

The encoder always covers a window of 30 s, however short the speech, and a decoder pass for each
token reads all of the decoder's weights. Both follow from the published dimensions, so a size that
was measured gives a size that was not. An estimate is called one wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from voice.providers.stt_whisper.weights import full_name

POSITIONS: Final = 1500  # of the encoder: 30 s in steps of 20 ms
TOKENS: Final = 12  # of a turn of 3 s at the rate of usual speech
VOCABULARY: Final = 51_865
# What a multiplication costs beside one of an encoder's matrices, which are of eight bits and
# large: attention stays in floating point, and the decoder waits for its weights to come from
# memory. Measured with int8 on a CPU, tiny to medium; good to a factor of about 1.5.
ATTENTION_FACTOR: Final = 8.0
DECODER_FACTOR: Final = 30.0
IN_TIME_MS: Final = 150.0  # what an answer may spend on hearing
USABLE_MS: Final = 500.0  # beyond it callers notice the pause


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Layers of the encoder and of the decoder, and their width."""

    encoder_layers: int
    decoder_layers: int
    width: int


# Table 1 of "Robust Speech Recognition via Large-Scale Weak Supervision" (OpenAI, 2022), and the
# model card of large-v3-turbo, which is large-v3 with four layers to decode.
SIZES: Final[Mapping[str, Dimensions]] = MappingProxyType(
    {
        "tiny": Dimensions(4, 4, 384),
        "base": Dimensions(6, 6, 512),
        "small": Dimensions(12, 12, 768),
        "medium": Dimensions(24, 24, 1024),
        "large-v3-turbo": Dimensions(32, 4, 1280),
        "large-v3": Dimensions(32, 32, 1280),
    }
)


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one size takes for a turn of 3 s, measured here or estimated from what was."""

    size: str
    milliseconds: float
    is_measured: bool

    def __str__(self) -> str:
        return f"{self.size} {self.milliseconds:.0f} ms{'' if self.is_measured else ' (estimated)'}"


def cost_of(dimensions: Dimensions) -> float:
    """Multiplications for one turn, weighted by what they cost."""
    width, square = dimensions.width, dimensions.width**2
    attention = ATTENTION_FACTOR * 2 * POSITIONS * width
    encoder = dimensions.encoder_layers * POSITIONS * (12 * square + attention)
    # Each decoder layer looks at the encoder's answer through keys and values made once.
    keys = dimensions.decoder_layers * POSITIONS * 2 * square
    a_token = dimensions.decoder_layers * (14 * square + 2 * POSITIONS * width) + VOCABULARY * width
    return encoder + keys + DECODER_FACTOR * TOKENS * a_token


def estimated(measured: Mapping[str, float]) -> list[Timed]:
    """Every size, from the quickest to the slowest: as measured (ms), or reckoned from the largest.

    The largest that was measured is the nearest to those that were not: overheads weigh least.
    Empty without any measurement.
    """
    known = [size for size in SIZES if size in measured]
    if not known:
        return []
    nearest = known[-1]
    rate = measured[nearest] / cost_of(SIZES[nearest])
    return [
        Timed(size, measured[size], is_measured=True)
        if size in measured
        else Timed(size, rate * cost_of(dimensions), is_measured=False)
        for size, dimensions in SIZES.items()
    ]


def largest_within(times: Sequence[Timed], limit_ms: float) -> Timed | None:
    """The most able size that answers within ``limit_ms``; None if none does."""
    fitting = [one for one in times if one.milliseconds <= limit_ms]
    return max(fitting, key=_ability) if fitting else None


def plain_size(model: str) -> str | None:
    """The size that a model's name means ("base.en" is base); None for a folder or another."""
    size = full_name(model).removesuffix(".en")
    return size if size in SIZES else None


def _ability(timed: Timed) -> int:
    return list(SIZES).index(timed.size)
