"""Splits streamed text into sentences, as soon as each is whole."""

from __future__ import annotations

import re
from typing import Final

# A full stop, question or exclamation mark, closing quotes, then white space.
BORDER: Final = re.compile(r"[.!?…]+[\"'”’)\]]*\s+")

# A stop after these does not end a sentence: titles, months and places as they are written.
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|no|vs|etc|approx|e\.g|i\.e)|\b[a-z])\.$", re.IGNORECASE
)


class Sentences:
    """Collects pieces of text and gives whole sentences."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> tuple[str, ...]:
        """The sentences that ``text`` completes, in order."""
        self._rest += text
        whole: list[str] = []
        begin = 0
        for border in BORDER.finditer(self._rest):
            sentence = self._rest[begin : border.end()].strip()
            if not ABBREVIATION.search(sentence):
                whole.append(sentence)
                begin = border.end()
        self._rest = self._rest[begin:]
        return tuple(sentence for sentence in whole if sentence)

    def flush(self) -> tuple[str, ...]:
        """What is left, as a last sentence."""
        rest, self._rest = self._rest.strip(), ""
        return (rest,) if rest else ()
