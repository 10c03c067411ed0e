"""How many words a stretch of sound surely holds, judged by its voice windows alone. Pure.

Each window of 32 ms argues for or against speech with the logarithm of its odds. The arguments
are summed, never below nothing: noise and music keep the sum near zero, where even a short "no"
lifts it in a few windows. A stretch is sure once its sum has reached ``SURE``; it began where the
sum left zero and ended with its last voiced window. Words are not told apart by sound: a sure
stretch holds one word per 300 ms, because people speak three to four words a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from voice.endpointing import WINDOW_MS

SURE = 4.0  # sum of evidence: tests/bench/onset, 99 % of human recordings reach it, digits too
DOUBT = 1.0  # taken off every window: below odds of e (0.73) a window argues against speech
SURELY = 0.99  # one window never says more than this, for or against
MOST = 8.0  # of the sum, so that long speech is over soon after its last window
VOICED = 0.5  # Silero's own threshold: where a stretch ends
WORD_MS: Final = 300  # 200 words a minute: brisk talk on the telephone
LAST_WORD_MS: Final = 150  # what is left of a stretch is a word of its own from half a word on


class Window(Protocol):
    """One 32 ms window as the detector judged it, such as `voice.vad.Voiced`."""

    @property
    def probability(self) -> float:
        """How likely the window holds speech, 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class WordAt:
    """One word's worth of sure speech, in milliseconds from the start of the first window."""

    start_ms: int
    end_ms: int


def evidence(probability: float) -> float:
    """What one window adds to the sum: -5.6 to 3.6, nothing at 0.73."""
    sure = min(max(probability, 1 - SURELY), SURELY)
    return math.log(sure / (1 - sure)) - DOUBT


def words_in(windows: Sequence[Window]) -> tuple[WordAt, ...]:
    """The words that ``windows``, in order and without gaps, surely hold; none in noise.

    A further window only adds words or lengthens the last one: what was returned for the first
    windows of a call stays true, so this may be asked again as the call goes on.
    """
    return tuple(word for start, end in _stretches(windows) for word in _words(start, end))


def _stretches(windows: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """The sure stretches: index of the first window, and of the one after the last voiced."""
    total, sure = 0.0, False
    first = last = 0
    for at, window in enumerate(windows):
        if total == 0.0:
            first = at
        total = min(max(total + evidence(window.probability), 0.0), MOST)
        sure = sure or total >= SURE
        if window.probability >= VOICED:
            last = at + 1
        if total == 0.0 and sure:
            yield first, last
            sure = False
    if sure:
        yield first, last


def _words(first: int, last: int) -> Iterator[WordAt]:
    """One word per 300 ms of a stretch of windows, one at least."""
    start, end = first * WINDOW_MS, last * WINDOW_MS
    yield WordAt(start, min(start + WORD_MS, end))
    for begins in range(start + WORD_MS, end - LAST_WORD_MS + 1, WORD_MS):
        yield WordAt(begins, min(begins + WORD_MS, end))
