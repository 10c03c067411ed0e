"""Which word of a text sounds when: a voice's word events as times of the text's own words.

A voice reports events by character position, sometimes several for one written word ("£250,000"
is said as six) and sometimes none. The words of a text are its stretches without blanks; a word
begins with the first event in it and ends where the next one begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from voice.ports import WordTime

_WORD = re.compile(r"\S+")


class WordClock:
    """Collects the word events of one utterance, in the order of its sound."""

    def __init__(self, text: str) -> None:
        self._spans = [match.span() for match in _WORD.finditer(text)]
        self._starts = [start for start, _ in self._spans]
        self._began: list[tuple[int, int]] = []  # (word index, at_ms), both rising

    def begins(self, character: int, at_ms: int) -> None:
        """A word event: what stands at ``character`` of the text begins to sound."""
        index = bisect_right(self._starts, character) - 1
        if index < 0:
            return
        if self._began and (index <= self._began[-1][0] or at_ms < self._began[-1][1]):
            return  # a further part of a written word
        self._began.append((index, at_ms))

    def known(self, until_ms: int) -> tuple[WordTime, ...]:
        """The words that have begun, when ``until_ms`` of sound are made; the last one is open.

        Words without an event of their own belong to the one before them.
        """
        times = []
        for position, (index, at_ms) in enumerate(self._began):
            last = position + 1 == len(self._began)
            following = len(self._spans) if last else self._began[position + 1][0]
            ends_ms = until_ms if last else self._began[position + 1][1]
            end = self._spans[index if last else following - 1][1]
            times.append(WordTime(self._spans[index][0], end, at_ms, max(at_ms, ends_ms)))
        return tuple(times)
