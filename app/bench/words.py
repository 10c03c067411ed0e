"""Where the words are in caller audio, for ears that need not know what was said.

Silero tells voice from noise, the energy tells where the last sound of a word lies: Silero goes
on for about 100 ms after it. A stretch of voice counts as one word for each 300 ms. A decode of
audio that begins like one of the last decodes goes on where that one stopped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from voice.ports import LINE_HZ, Pcm
from voice.vad import WINDOW, SharedVad, VadStream

VOICED: Final = 0.5  # Silero's own threshold
BRIDGE: Final = 3  # quiet windows inside a word: a stop consonant
SHORTEST: Final = 3  # voiced windows (96 ms): a click or a knock has fewer
WORD: Final = 300 * LINE_HZ // 1000  # samples; people speak about three words a second
GRAIN: Final = LINE_HZ // 100  # 10 ms, in which the energy is taken
DROP: Final = 0.03  # of the loudest grain (-30 dB): below it a word is over
KNOWN_BY: Final = LINE_HZ * 8 // 10  # what audio is recognised by: the lead-in and some voice
MOST_KNOWN: Final = 256  # decodes remembered; each call has one or two that matter


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its first sample and the one after its last."""

    start_sample: int
    end_sample: int


@dataclass(slots=True)
class _Judged:
    """Audio as far as it was judged: a probability for each window."""

    stream: VadStream = field(default_factory=VadStream)
    taken: int = 0  # samples
    probabilities: list[float] = field(default_factory=list)


class SileroWords:
    """Finds words by Silero. For one thread at a time."""

    def __init__(self) -> None:
        """Raises ProviderError when Silero is not installed."""
        self._vad = SharedVad()
        self._known: OrderedDict[int, _Judged] = OrderedDict()

    def __call__(self, audio: Pcm) -> Sequence[Word]:
        """See ``FindsWords``. About 50 us for each window (32 ms) that is new."""
        judged = self._remembered(audio)
        judged.stream.feed(audio[judged.taken :])
        judged.taken = audio.size
        found = self._vad.probabilities([judged.stream])[0]
        judged.probabilities += [window.probability for window in found]
        return [
            word
            for first, last in stretches(judged.probabilities)
            for word in words_of(audio, first * WINDOW, last * WINDOW)
        ]

    def _remembered(self, audio: Pcm) -> _Judged:
        if audio.size < KNOWN_BY:
            return _Judged()
        name = hash(audio[:KNOWN_BY].tobytes())
        judged = self._known.pop(name, None)
        if judged is None or judged.taken > audio.size:
            judged = _Judged()
        self._known[name] = judged
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return judged


def stretches(probabilities: Sequence[float]) -> list[tuple[int, int]]:
    """First and last (exclusive) window of each stretch of voice; short ones are left out."""
    found: list[list[int]] = []
    for at, probability in enumerate(probabilities):
        if probability < VOICED:
            continue
        if found and at - found[-1][1] <= BRIDGE:
            found[-1][1] = at + 1
        else:
            found.append([at, at + 1])
    return [(first, last) for first, last in found if last - first >= SHORTEST]


def words_of(audio: Pcm, first: int, last: int) -> list[Word]:
    """The words in the stretch of voice from sample ``first`` to ``last``: its loud part, cut."""
    grains = audio[first : last - (last - first) % GRAIN].astype(np.float32).reshape(-1, GRAIN)
    loudness = np.sqrt(np.mean(np.square(grains), axis=1))
    loud = np.flatnonzero(loudness >= DROP * loudness.max())
    start, end = first + int(loud[0]) * GRAIN, first + (int(loud[-1]) + 1) * GRAIN
    count = -(-(end - start) // WORD)
    edges = [start + (end - start) * part // count for part in range(count + 1)]
    return [Word(edges[at], edges[at + 1]) for at in range(count)]


def no_words(audio: Pcm) -> Sequence[Word]:
    """No words in any audio: the ears of somebody who only notices that there is sound."""
    return ()
