"""A sentence as it is said, with a map back to the sentence as it is written.

The voice is given words instead of figures and signs; its word times are times of those words.
What the caller has heard is cut from the written sentence, so each stretch of the spoken form
knows which written words it stands for. Written words are stretches without blanks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from voice.spoken.addresses import ADDRESSES
from voice.spoken.dates import WEEKDAYS
from voice.spoken.figures import FIGURES
from voice.spoken.sheet import CLAIMED, sheet_of
from voice.spoken.signs import LAST_SIGNS, MARKDOWN
from voice.spoken.words import SHORT_FORMS, WORDS

LANGUAGE: Final = "en"
RULES: Final = (MARKDOWN, ADDRESSES, WEEKDAYS, *FIGURES, WORDS, LAST_SIGNS)
_WORD = r"(?:[A-Z][a-z]*|[a-z]+)(?:'[a-z]+)?"
_ORDINARY = re.compile(rf"(?:{_WORD}[,;:.?!]? )*{_WORD}[.?!,]?")
_SHORT = re.compile(
    r"\b(?:Mon|Tues?|Weds?|Thurs?|Thu|Fri|Sat|Sun|[A-Z](?: [A-Z]){2}|(?<!')[^\WaeiouyAEIOUY]{2,}|"
    rf"{'|'.join(form for form in sorted(SHORT_FORMS) if form.isalpha())})\b"
)  # what may not be plain, among words
_CHUNK = re.compile(rf"\s+|[^\s{CLAIMED}]+")
_CLOSERS: Final = frozenset(",.;:!?")
_JOINERS: Final = frozenset("-'")


@dataclass(frozen=True, slots=True)
class SpokenForm:
    """What the voice is given for ``written``, and which words stand for which.

    ``pieces``: (spoken start and end, written start and end), rising; none when both are equal.
    """

    text: str
    written: str
    pieces: tuple[tuple[int, int, int, int], ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The written words that ``text[start:end]`` stands for, as a stretch of ``written``.

        Rises with both ends; a stretch that says nothing is empty.
        """
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        first, last = self._first(start), self._last(end)
        return min(first, last), last

    def _first(self, start: int) -> int:
        """Where the written word begins that is said at ``start``, or next after it."""
        at = start
        if self.pieces:
            index = bisect_right(self.pieces, start, key=_spoken_end)
            if index == len(self.pieces):
                return len(self.written)
            at = self.pieces[index][2]
        while at < len(self.written) and self.written[at].isspace():
            at += 1
        while at > 0 and not self.written[at - 1].isspace():
            at -= 1
        return at

    def _last(self, end: int) -> int:
        """Where the written word ends that was said last before ``end``."""
        at = end
        if self.pieces:
            index = bisect_left(self.pieces, end, key=_spoken_start)
            if not index:
                return 0
            at = self.pieces[index - 1][3]
        while at > 0 and self.written[at - 1].isspace():
            at -= 1
        if not at:
            return 0
        while at < len(self.written) and not self.written[at].isspace():
            at += 1
        return at


def _spoken_start(piece: tuple[int, int, int, int]) -> int:
    return piece[0]


def _spoken_end(piece: tuple[int, int, int, int]) -> int:
    return piece[1]


def spoken_form(text: str, language: str = LANGUAGE) -> SpokenForm:
    """``text`` as it is said in ``language``; in one that is not known, the text itself.

    What is plain words already is given back as it is.
    """
    if language.partition("-")[0].lower() != LANGUAGE or _is_plain(text):
        return SpokenForm(text, text)
    sheet = sheet_of(text)
    for rules in RULES:
        sheet.apply(rules)
    draft = _Draft()
    done = 0
    for start, end, said in sorted(sheet.parts):
        draft.keep(sheet.rest, done, start)
        draft.say(said, start, end)
        done = end
    draft.keep(sheet.rest, done, len(text))
    return SpokenForm("".join(draft.said), text, tuple(draft.pieces))


def _is_plain(text: str) -> bool:
    return _ORDINARY.fullmatch(text) is not None and _SHORT.search(text) is None


class _Draft:
    """The spoken form in the making; single blanks, none before a comma or full stop."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.pieces: list[tuple[int, int, int, int]] = []
        self._length = 0
        self._last = ""  # the last sign
        self._blank = False  # one is due before the next word
        self._claimed = False  # the last piece was not in the text as it is said
        self._pause: int | None = None  # a comma is due before the next word

    def keep(self, rest: str, start: int, end: int) -> None:
        """What no rule has claimed is said as it is written."""
        for chunk in _CHUNK.finditer(rest, start, end):
            if chunk[0].isspace():
                self._blank = True
            else:
                self._add(chunk[0], *chunk.span(), claimed=False)

    def say(self, words: str, start: int, end: int) -> None:
        """A rule's words for a stretch; "" joins what is beside it, " " keeps it apart."""
        if not words.strip():
            self._blank = self._blank or bool(words)
        elif words == ",":
            if self.said and self._last not in _CLOSERS:
                self._pause = self.pieces[-1][3]  # belongs to the word before it
        elif words not in _CLOSERS:
            self._add(words, start, end, claimed=True)
        elif self.said and self._last not in _CLOSERS:
            self._add(words, self.pieces[-1][3], self.pieces[-1][3], claimed=True)
            self._blank = True

    def _add(self, words: str, start: int, end: int, *, claimed: bool) -> None:
        if words[0] in _CLOSERS and (self._last in _CLOSERS or not self.said):
            self._add_after(words, start, end)
            return
        pause, self._pause = self._pause, None
        if words[0] in _CLOSERS:
            self._blank = False
        elif pause is not None:
            self._add(",", pause, pause, claimed=False)
            self._blank = True
        elif (claimed or self._claimed) and self._last not in _JOINERS and words[0] not in _JOINERS:
            self._blank = True
        if self._blank and self.said:
            self.said.append(" ")
            self._length += 1
        self._blank = False
        self.said.append(words)
        self.pieces.append((self._length, self._length + len(words), start, end))
        self._length += len(words)
        self._last = words[-1]
        self._claimed = claimed

    def _add_after(self, words: str, start: int, end: int) -> None:
        """A second sign of punctuation is none; what it stood before is said."""
        rest = words.lstrip(",.;:!?")
        self._blank = self._blank or bool(self.said)
        if rest:
            self._add(rest, end - len(rest), end, claimed=False)
