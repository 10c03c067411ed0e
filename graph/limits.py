"""How much one turn may cost: steps, completions, seconds, words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one turn. Times are seconds."""

    steps: int = 8  # supersteps; a loop of handoffs ends here instead of running for minutes
    handoffs: int = 2  # silent ones in one turn, each a completion more
    completions: int = 3  # of one model that calls tools first and speaks in a later completion
    words_s: float = 2.5  # without a voiced word for so long, the models are given up
    turn_s: float = 6.0  # all that models may take; a call apologises when nobody answers for 8 s
    calendar_s: float = 1.0  # one indexed query; beyond it we go on without offering times
    save_s: float = 2.0  # a checkpoint; the turn's row is the truth, so it may be given up
    words: int = 150  # of a language model's reply: a minute of speech
    confidence_floor: float = 0.4  # 0 to 1: below it the caller is asked again, twice at most
    characters: int = 1200  # about a minute of speech; nobody listens longer on the telephone
