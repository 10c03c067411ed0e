"""Where the words are in caller audio, for ears that need not know what was said.

``voice.speech_evidence`` tells how many words there surely are: none in noise. A short word may
be less than sure; it counts where it stands far out of what is around it. The energy tells where
the last sound of the last word lies, as Silero goes on for about 100 ms after it. A decode of
audio that begins like one of the last decodes goes on where that one stopped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.ports import LINE_HZ, Pcm
from voice.speech_evidence import words_in
from voice.vad import WINDOW, SharedVad, VadStream, Voiced

PER_MS: Final = LINE_HZ // 1000
GRAIN: Final = LINE_HZ // 100  # 10 ms, in which the energy is taken
DROP: Final = 0.01  # of the loudest grain (-40 dB): below it a word is over
OUT: Final = 0.05  # the quiet around a short word, to its loudest grain (-26 dB); noise has less
VOICED: Final = 0.5  # Silero's own threshold
SHORT: Final = 2  # voiced windows of a short word: a quick "no" has no more
FAINT: Final = 60.0  # of 32768, -55 dBFS: fainter sound is the line's
LOUD: Final = 0.02  # of the loudest grain (-34 dB)
OVER_QUIET: Final = 2.0  # times the quiet around it (6 dB)
SILENT: Final = 8.0  # of 32768, -72 dBFS: below it is no room, but a line that is silent by itself
JOINED: Final = 10  # grains: a shorter gap is within a word
SHORTEST: Final = 4  # grains; a click has fewer
WORD: Final = 30  # grains
KNOWN_BY: Final = LINE_HZ * 8 // 10  # what audio is recognised by: the lead-in and some voice
MOST_KNOWN: Final = 256  # decodes remembered; each call has one or two that matter


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its first sample and the one after its last."""

    start_sample: int
    end_sample: int


@dataclass(slots=True)
class _Judged:
    """Audio as far as it was judged, window by window."""

    stream: VadStream = field(default_factory=VadStream)
    taken: int = 0  # samples
    last: bytes = b""  # the last samples of it
    windows: list[Voiced] = field(default_factory=list)

    def is_beginning_of(self, audio: Pcm) -> bool:
        """Whether ``audio``, which begins alike, also goes on alike."""
        end = self.taken
        return end <= audio.size and audio[max(0, end - WINDOW) : end].tobytes() == self.last


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
        judged.taken, judged.last = audio.size, audio[-WINDOW:].tobytes()
        judged.windows += self._vad.probabilities([judged.stream])[0]
        words = words_in(judged.windows)
        edges = [(word.start_ms * PER_MS, word.end_ms * PER_MS) for word in words]
        if not edges:
            edges = short_word(audio, judged.windows)
        if edges:
            edges[-1] = (edges[-1][0], last_sound(audio, edges[0][0], *edges[-1]))
        return [Word(*each) for each in edges]

    def _remembered(self, audio: Pcm) -> _Judged:
        if audio.size < KNOWN_BY:
            return _Judged()
        name = hash(audio[:KNOWN_BY].tobytes())
        judged = self._known.pop(name, None)
        if judged is None or not judged.is_beginning_of(audio):
            judged = _Judged()
        self._known[name] = judged
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return judged


def short_word(audio: Pcm, windows: Sequence[Voiced]) -> list[tuple[int, int]]:
    """The first and last sample of a short word in a quiet room, if there is one; else nothing."""
    voiced = [at for at, window in enumerate(windows) if window.probability >= VOICED]
    runs = [at for at in voiced if all(at + more in voiced for more in range(SHORT))]
    if not runs:
        return []
    loudness = _loudness(audio)
    if np.quantile(loudness, 0.1) > OUT * loudness.max():
        return []
    return [(runs[0] * WINDOW, (runs[-1] + SHORT) * WINDOW)]


def last_sound(audio: Pcm, speech: int, start: int, end: int) -> int:
    """The sample after the last loud one of a word from ``start`` to ``end``.

    Loud is what lies within 40 dB of the loudest 10 ms since sample ``speech``.
    """
    loudness = _loudness(audio[speech:end])
    loud = np.flatnonzero(loudness >= DROP * loudness.max()) if loudness.size else loudness
    return max(start, speech + (int(loud[-1]) + 1) * GRAIN) if loud.size else end


def loud_words(audio: Pcm) -> Sequence[Word]:
    """A word where it is loud: for callers on a quiet line, as recordings of people are.

    Loud is what lies within 34 dB of the loudest 10 ms and 6 dB over the quietest tenth of what
    can be heard at all. A stretch of it holds a word for each 300 ms, one at least. On recordings
    of people the last word ends within 10 ms (median) of where their manifest says, and for nine
    in ten not more than 20 ms later.
    """
    loudness = _loudness(audio)
    if not loudness.size or loudness.max() < FAINT:
        return ()
    quiet = float(np.quantile(loudness[loudness > SILENT], 0.1))
    bar = max(LOUD * loudness.max(), OVER_QUIET * quiet)
    loud = np.flatnonzero(loudness >= bar)
    words: list[Word] = []
    for run in np.split(loud, np.flatnonzero(np.diff(loud) > JOINED) + 1):
        if run.size < SHORTEST:
            continue
        first, end = int(run[0]), int(run[-1]) + 1
        count = max(1, round((end - first) / WORD))
        edges = np.linspace(first * GRAIN, end * GRAIN, count + 1).astype(int)
        words += [Word(int(a), int(b)) for a, b in pairwise(edges)]
    return words


def _loudness(audio: Pcm) -> NDArray[np.float32]:
    """The effective value of each whole grain."""
    grains = audio[: audio.size - audio.size % GRAIN].astype(np.float32).reshape(-1, GRAIN)
    found: NDArray[np.float32] = np.sqrt(np.mean(np.square(grains), axis=1))
    return found


def no_words(audio: Pcm) -> Sequence[Word]:
    """No words in any audio: the ears of somebody who only notices that there is sound."""
    return ()


_silero: SileroWords | None = None  # of this process


def silero_words(audio: Pcm) -> Sequence[Word]:
    """As ``SileroWords``, with one of this process. For a process of its own: it keeps much."""
    global _silero
    _silero = _silero or SileroWords()
    return _silero(audio)
