"""Has the caller begun, has the caller finished? Thresholds and patience, pure.

Silero gives one probability per 32 ms. Speech begins after a few windows over one threshold
and goes on while a window is over a lower one (hysteresis). The turn is over after a silence
whose length depends on what was asked: a yes comes in one piece, a postcode does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.speech import AnswerKind, Expectation

WINDOW_MS: Final = 32  # 256 samples at 8 kHz, Silero's only window at that rate

# How long each kind of answer may pause inside. Human recordings without long pauses never
# pause more than 192 ms beyond Silero's decay; spoken lists of words (dates, postcodes) do.
PAUSE_MS: Final[Mapping[AnswerKind, int]] = MappingProxyType(
    {
        AnswerKind.YES_NO: 384,  # "Yes, I do.": a comma takes 300 ms and more
        AnswerKind.CHOICE: 416,
        AnswerKind.NUMBER: 448,
        AnswerKind.NAME: 512,
        AnswerKind.OPEN: 512,
        AnswerKind.DATE_TIME: 576,
        AnswerKind.POSTCODE: 704,
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """The tunable times of turn-taking, all in milliseconds unless said otherwise."""

    on_probability: float = 0.5  # Silero's own default
    off_probability: float = 0.35  # Silero's own hysteresis
    onset_windows: int = 2  # 64 ms of voice open a caller's turn
    barge_in_windows: int = 4  # 128 ms of voice stop the agent: over most clicks and coughs
    barge_in_probability: float = 0.6  # the agent's own echo sits below on handset recordings
    decode_after_ms: int = 160  # silence after which a decode begins, before the turn is over
    extra_pause_ms: int = 0  # added to every pause
    lead_in_ms: int = 320  # audio before the onset that belongs to the first word
    noise_below_ms: int = 320  # wordless sound shorter than this is no turn at all
    silence_ms: int = 7000  # then the agent asks whether the caller is there
    brain_ms: int = 8000  # then the call apologises and ends
    digits_ms: int = 2000  # after the last key
    drain_ms: int = 500  # between the last mark and hanging up
    longest_call_ms: int = 900_000  # a quarter of an hour: by then a line was left open
    grace_ms: int = 4000  # decoding, answering and storing what was said just before a hang-up


def windows_of(length_ms: int) -> int:
    """The fewest windows that last ``length_ms``, one at least."""
    return max(1, math.ceil(length_ms / WINDOW_MS))


def pause_ms(expects: Expectation, patience: Patience) -> int:
    """The silence that ends a turn in which ``expects`` was asked for."""
    kinds = expects.kinds or frozenset({AnswerKind.OPEN})
    return max(PAUSE_MS[kind] for kind in kinds) + patience.extra_pause_ms
