"""How sure a Whisper decode is, and whether it is speech at all. Pure.

Whisper gives each segment the mean log probability of its tokens, and the probability that there
is no speech in it. Neither is a confidence: heard right on the telephone lies mostly above -0.5,
and what lies below -3 is guessing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SURE_LOGPROB: Final = -0.5  # and above: 1.0
LOST_LOGPROB: Final = -3.0  # and below: 0.0
# As OpenAI's whisper/transcribe.py has them (release 20231117).
SILENCE_PROBABILITY: Final = 0.6
SILENCE_LOGPROB: Final = -1.0
REPETITIVE: Final = 2.4  # a text that can be packed so much is one phrase over and over


@dataclass(frozen=True, slots=True)
class Segment:
    """What the engine says of one stretch: its text and three figures."""

    text: str
    tokens: int
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The text that is left ("" for nothing understood) and how sure it is, 0..1."""

    text: str
    confidence: float


def judge(segments: Sequence[Segment]) -> Judged:
    """The text without what was made up of noise, on one line, as sure as its parts together."""
    real = [segment for segment in segments if not is_made_up(segment)]
    text = " ".join(" ".join(segment.text for segment in real).split())
    if not text:
        return Judged("", 0.0)
    weights = [max(segment.tokens, 1) for segment in real]
    weighed = sum(
        certainty(segment) * weight for segment, weight in zip(real, weights, strict=True)
    )
    return Judged(text, round(weighed / sum(weights), 3))


def certainty(segment: Segment) -> float:
    """How sure one segment is, 0..1."""
    fits = (segment.avg_logprob - LOST_LOGPROB) / (SURE_LOGPROB - LOST_LOGPROB)
    silent = min(max(segment.no_speech_prob, 0.0), 1.0)
    return min(max(fits, 0.0), 1.0) * (1.0 - silent)


def is_made_up(segment: Segment) -> bool:
    """Whether this is what Whisper says of silence and noise."""
    silent = segment.no_speech_prob > SILENCE_PROBABILITY and segment.avg_logprob < SILENCE_LOGPROB
    return silent or segment.compression_ratio > REPETITIVE
