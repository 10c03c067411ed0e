"""Splits streamed text into what is voiced at once: sentences, and clauses where it is worth it.

The first words of a reply are worth a clause: the caller waits for them. Later pieces are whole
sentences, so that the voice knows how they end; only a very long one is split at a clause.
"""

from __future__ import annotations

import re
from typing import Final

from core.stops import numbers_what_follows

# A full stop, question or exclamation mark, closing quotes, then white space.
BORDER: Final = re.compile(r"[.!?…]+[\"'”’)\]]*\s+")

# A stop after these does not end a sentence: titles, months and places as they are written.
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|etc|approx|e\.g|i\.e)|\b[a-z])\.$", re.IGNORECASE
)

# So does one after "no", when it means "number".
NUMBERED: Final = re.compile(r"\bno\.$", re.IGNORECASE)

# A comma, semicolon or colon, or a dash that stands alone, then white space. Inside "350,000",
# "10:30" and "half-past" no white space follows; between digits ("9 - 5") a dash means "to".
CLAUSE: Final = re.compile(r"[,;:][\"'”’)\]]*\s+|(?<![\d\s])\s+[-–—]\s+|(?<=\w)—\s+")

FIRST_CLAUSE: Final = 24  # characters: about a second and a half of speech, time for the rest
LONG_SENTENCE: Final = 160  # characters: ten seconds of speech, too long to wait for its end


class Sentences:
    """Collects pieces of text and gives sentences.

    ``clauses``: split the beginning of the reply and long sentences at a clause too.
    """

    def __init__(self, *, clauses: bool = True) -> None:
        self._rest = ""
        self._clauses = clauses
        self._least = FIRST_CLAUSE

    def feed(self, text: str) -> tuple[str, ...]:
        """The sentences that ``text`` completes, in order."""
        self._rest += text
        whole: list[str] = []
        begin = 0
        for border in BORDER.finditer(self._rest):
            sentence = self._rest[begin : border.end()].strip()
            if not _goes_on(sentence, self._rest[border.end() :]):
                whole.append(sentence)
                begin = border.end()
        self._rest = self._rest[begin:]
        ready = [sentence for sentence in whole if sentence]
        if ready:
            self._least = LONG_SENTENCE
        while self._clauses and (clause := self._clause()):
            ready.append(clause)
        return tuple(ready)

    def flush(self) -> tuple[str, ...]:
        """What is left, as a last sentence."""
        rest, self._rest = self._rest.strip(), ""
        return (rest,) if rest else ()

    def _clause(self) -> str:
        """The first clause of what is left that is long enough to be voiced by itself."""
        if len(self._rest) < self._least:
            return ""
        for border in CLAUSE.finditer(self._rest):
            clause = self._rest[: border.end()].strip()
            if len(clause) >= self._least:
                self._rest = self._rest[border.end() :]
                self._least = LONG_SENTENCE
                return clause
        return ""


def _goes_on(sentence: str, following: str) -> bool:
    """Whether the stop at the end of ``sentence`` does not end it."""
    if ABBREVIATION.search(sentence):
        return True
    number = NUMBERED.search(sentence)
    if number is None or not numbers_what_follows(sentence[: number.start()]):
        return False
    return not following or following[0].isdigit()
