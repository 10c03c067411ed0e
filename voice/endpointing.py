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

# How long each kind of answer may pause inside, where nothing else is known of it. People who
# speak without long pauses never pause more than 192 ms beyond Silero's decay; synthetic voices
# make commas of 350 ms; spoken lists of words (dates, postcodes) are slower.
PAUSE_MS: Final[Mapping[AnswerKind, int]] = MappingProxyType(
    {
        AnswerKind.YES_NO: 384,  # "Yes, I do.": a comma takes 300 ms and more
        AnswerKind.CHOICE: 416,
        AnswerKind.NUMBER: 384,
        AnswerKind.NAME: 416,
        AnswerKind.OPEN: 416,
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
    barge_in_caution: float = 0.0  # evidence on top of what silences the agent (voice.onset)
    decode_after_ms: int = 64  # silence after which a decode begins, before the turn is over
    early_decodes: int = 4  # so many of a turn begin that early
    late_decode_ms: int = 160  # the others: the caller often pauses
    most_drafts: int = 3  # answers begun ahead of their time, of a turn
    breath_ms: int = 160  # more voice than this after a pause, and the answer to it is void
    keep_ms: int = 400  # of its sound; a reply cut sooner is withdrawn, as if it had not begun
    probe_every_ms: int = 224  # of the caller's voice: are there words in what silenced the agent?
    verdict_ms: int = 900  # then the agent goes on, unless there were
    verdict_again_ms: int = 300  # when the ears are still at work and it sounds like speech
    doubt_ms: int = 3000  # the longest that the agent waits for slow ears
    sure_voice_ms: int = 400  # so much voice is speech rather than a cough
    resume_ms: int = 192  # of quiet after a sound without words, and the agent goes on
    longest_turn_ms: int = 60_000  # of one caller; then it is answered, come what may
    turn_model: bool = False  # whether there is one to ask
    judge_after_ms: int = 32  # of silence it is asked
    turn_model_ms: int = 8000  # how much of the turn it hears
    extra_pause_ms: int = 0  # added to every pause
    min_ms: int = 0  # the least silence that ends a turn, whatever else is known
    lead_in_ms: int = 320  # audio before the onset that belongs to the first word
    noise_below_ms: int = 320  # wordless sound shorter than this is no turn at all
    silence_ms: int = 7000  # then the agent asks whether the caller is there
    silence_again_ms: int = 1000  # when a noise has just ended; it does not put the question off
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
