"""Has the caller begun to speak? A running sum of evidence, window by window. Pure.

Silero's probability of each 32 ms window counts as the logarithm of its odds; sound that stands
clear of the line's own noise counts more, sound that barely leaves it counts less. The sum never
falls below nothing, so it forgets noise at once, and one sure window weighs as much as three
doubtful ones: that is quicker than any count of windows over a threshold, at fewer false alarms.
After a false alarm the bar is raised, and sinks back within a minute.

Measured by ``python -m tests.bench.onset`` on human recordings, from the first sound to the
decision: 76 ms in the middle, 173 ms for nine of ten, on a quiet line and on a dead one.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from voice.endpointing import WINDOW_MS

ENOUGH = 2.0  # sum of evidence at which the caller has begun: one sure window, or a few likely
DOUBT = 0.5  # taken off each window, so that music at even odds adds up to nothing
SUREST = 0.99  # one window never says more than this, for or against
CLEAR_DB = 10.0  # over the noise of the line: neither for nor against; speech is 20 and more
WEIGHT_PER_DB = 0.1  # evidence for each decibel over, or under, that
MOST_FOR, MOST_AGAINST = 1.0, -2.0  # what level adds: a bang that is no voice stays below nothing
QUIETEST_DB = -60.0  # dBFS: a line below this is silent, and level says nothing more
RISE_DB = 0.05  # a window: the tracked noise rises 1.6 dB a second, and falls at once
LINGER = 4.0  # over the bar at most, so that the sum is down again soon after speech
RAISE = 3.0  # for a false alarm: about 30 ms of delay
MOST_RAISED = 6.0  # two false alarms in a row; more would deafen the agent
SINKING: Final = math.exp(-WINDOW_MS / 20_000)  # per window: a raised bar is down to 5 % in 60 s


class Onset(NamedTuple):
    """What the windows of one call have come to. Hear every window, also while nobody speaks."""

    total: float = 0.0  # the sum of evidence
    bar: float = 0.0  # what false alarms have added to `ENOUGH`
    floor_db: float = 0.0  # dBFS of the line's noise; 0 until the first window
    voiced_ms: int = 0  # since the sum last left nothing

    @property
    def is_speech(self) -> bool:
        """Whether the caller is speaking, as far as is known."""
        return self.total >= ENOUGH + self.bar

    def hear(self, probability: float, level_db: float) -> Onset:
        """After one more window: its probability of speech and its level (RMS, dBFS)."""
        total, bar, floor_db, voiced_ms = self
        floor_db += RISE_DB
        if level_db < floor_db:
            floor_db = level_db if level_db > QUIETEST_DB else QUIETEST_DB
        bar *= SINKING
        total += _evidence(probability, level_db - floor_db)
        if total <= 0.0:
            return Onset(0.0, bar, floor_db)
        most = ENOUGH + bar + LINGER
        return Onset(total if total < most else most, bar, floor_db, voiced_ms + WINDOW_MS)

    def raised(self) -> Onset:
        """After a false alarm: begins again from nothing, and wants more next time."""
        return self._replace(total=0.0, voiced_ms=0, bar=min(self.bar + RAISE, MOST_RAISED))


def _evidence(probability: float, over_db: float) -> float:
    """What one window says for speech; below zero it speaks against."""
    if probability > SUREST:
        probability = SUREST
    elif probability < 1 - SUREST:
        probability = 1 - SUREST
    level = (over_db - CLEAR_DB) * WEIGHT_PER_DB
    if level > MOST_FOR:
        level = MOST_FOR
    elif level < MOST_AGAINST:
        level = MOST_AGAINST
    return math.log(probability / (1 - probability)) - DOUBT + level
