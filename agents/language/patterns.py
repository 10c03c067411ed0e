"""Wording patterns: what a script's author writes to catch many ways of saying one thing.

``(a|b c)`` one of these, ``[word]`` perhaps, ``*`` up to three words of anything; all else are
words. A pattern is found anywhere between whole words, contractions count as written out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.language.words import joined, words_of

GAP: Final = r"(?:\S+ ){0,3}?"  # "*": three words bridge an aside without joining two sentences
_TOKEN = re.compile(r"[()\[\]|*]|[^()\[\]|*\s]+|\s+")
_CLOSER: Final = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found: character positions in ``words.joined``."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Characters matched; longer means more specific."""
        return self.end - self.start


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression over ``words.joined``.

    Raises:
        ValueError: a bracket is missing or something is empty.
    """
    tokens = [token for token in _TOKEN.findall(pattern) if not token.isspace()]
    source, rest = _alternatives(tokens, 0, closer="")
    if rest != len(tokens):
        raise ValueError(f'unexpected "{tokens[rest]}" in the pattern "{pattern}"')
    return re.compile(f"(?<= )(?:{source})")


def _alternatives(tokens: list[str], at: int, *, closer: str) -> tuple[str, int]:
    """Sequences separated by bars, up to ``closer``."""
    branches: list[str] = []
    sequence: list[str] = []
    while at < len(tokens) and tokens[at] not in (")", "]"):
        if tokens[at] == "|":
            branches.append(_sequence(sequence))
            sequence, at = [], at + 1
            continue
        piece, at = _piece(tokens, at)
        sequence.append(piece)
    branches.append(_sequence(sequence))
    if closer and (at >= len(tokens) or tokens[at] != closer):
        raise ValueError(f'a "{closer}" is missing in the pattern')
    return "|".join(branches), at


def _sequence(pieces: list[str]) -> str:
    if not pieces:
        raise ValueError("a pattern or one of its alternatives is empty")
    return "".join(pieces)


def _piece(tokens: list[str], at: int) -> tuple[str, int]:
    token = tokens[at]
    if token == "*":
        return GAP, at + 1
    if token in _CLOSER:
        inner, at = _alternatives(tokens, at + 1, closer=_CLOSER[token])
        return f"(?:{inner}){'?' if token == '[' else ''}", at + 1
    words = words_of(token)
    said = joined(words).lstrip()
    if not said:
        raise ValueError(f'"{token}" is no word')
    return re.escape(said), at + 1


def find(pattern: str, text: str) -> Match | None:
    """The first place where ``pattern`` stands in ``text`` (from ``words.joined``)."""
    found = compile_pattern(pattern).search(text)
    return Match(found.start(), found.end()) if found else None


def longest(patterns: Iterable[str], text: str) -> Match | None:
    """The longest match of any of the patterns."""
    matches = [match for pattern in patterns if (match := find(pattern, text))]
    return max(matches, key=lambda match: match.length, default=None)


def matches(patterns: Iterable[str], utterance: str) -> bool:
    """Whether any pattern stands in the utterance."""
    text = joined(words_of(utterance))
    return any(find(pattern, text) for pattern in patterns)


def _lines(table: str) -> Iterator[str]:
    """The patterns of a table, each whole on one line; one that is indented more goes on."""
    begun = ""
    for line in inspect.cleandoc(table).splitlines():
        if begun and not line.startswith(" "):
            yield begun
            begun = ""
        begun = f"{begun} {line.strip()}".strip()
    if begun:
        yield begun


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """A fixed set of patterns, compiled together once."""

    compiled: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, *tables: str) -> Phrasebook:
        """A book of patterns written one a line; an indented line goes on."""
        return cls(tuple(compile_pattern(line) for table in tables for line in _lines(table)))

    def found_in(self, text: str) -> bool:
        """Whether one of the patterns stands in ``text`` (from ``words.joined``)."""
        return any(pattern.search(text) for pattern in self.compiled)

    def is_all_of(self, text: str) -> bool:
        """Whether one of the patterns is the whole of ``text``."""
        return any(pattern.fullmatch(text, 1) for pattern in self.compiled)

    def without(self, text: str) -> str:
        """``text`` with every match cut out; what stands around it is left in place."""
        for pattern in self.compiled:
            text = pattern.sub("| ", text)
        return text
