"""Wording patterns: what a script's author writes to catch many ways of saying one thing.

``(a|b c)`` one of these, ``[word]`` perhaps, ``*`` up to three words of anything; all else are
words. A pattern is found anywhere between whole words, contractions count as written out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final

from agents.language.words import joined, words_of

ANY: Final = "*"  # in place of a first word
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


@lru_cache(maxsize=4096)
def first_words(pattern: str) -> frozenset[str] | None:
    """The words that the pattern can begin with; None when it can begin with any.

    Few patterns begin with a word that was said: the others need not be tried.

    Raises:
        ValueError: a bracket is missing or something is empty.
    """
    compile_pattern(pattern)
    tokens = [token for token in _TOKEN.findall(pattern) if not token.isspace()]
    found, empty, _ = _beginnings(tokens, 0)
    return None if empty or ANY in found else frozenset(found)


def _beginnings(tokens: list[str], at: int) -> tuple[set[str], bool, int]:
    """How the alternatives up to a closing bracket begin, and whether one may be empty."""
    found: set[str] = set()
    empty_branch, so_far_empty = False, True
    while at < len(tokens) and tokens[at] not in (")", "]"):
        token = tokens[at]
        if token == "|":
            empty_branch, so_far_empty, at = empty_branch or so_far_empty, True, at + 1
            continue
        if token in _CLOSER:
            inner, may_be_empty, at = _beginnings(tokens, at + 1)
            may_be_empty = may_be_empty or token == "["
        else:
            inner, may_be_empty = _beginning(token), False
        at += 1
        if so_far_empty:
            found |= inner
            so_far_empty = may_be_empty
    return found, empty_branch or so_far_empty, at


def _beginning(token: str) -> set[str]:
    return {ANY} if token == "*" else {joined(words_of(token)).split()[0]}


def find(pattern: str, text: str, said: AbstractSet[str] | None = None) -> Match | None:
    """The first place where ``pattern`` stands in ``text`` (from ``words.joined``).

    ``said``: the words of the text, for who looks for many patterns.
    """
    begins = first_words(pattern)
    if begins is not None and begins.isdisjoint(said or text.split(" ")):
        return None
    found = compile_pattern(pattern).search(text)
    return Match(found.start(), found.end()) if found else None


@lru_cache(maxsize=8)  # one turn is looked through for hundreds of patterns
def _said(text: str) -> frozenset[str]:
    return frozenset(text.split(" "))


def longest(patterns: Iterable[str], text: str) -> Match | None:
    """The longest match of any of the patterns."""
    said = _said(text)
    matches = [match for pattern in patterns if (match := find(pattern, text, said))]
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
    """A fixed set of patterns, compiled once and found by the words they begin with."""

    compiled: tuple[re.Pattern[str], ...]
    begins: Mapping[str, tuple[int, ...]]  # the patterns, by place, that begin with a word

    @classmethod
    def of(cls, *tables: str) -> Phrasebook:
        """A book of patterns written one a line; an indented line goes on."""
        lines = [line for table in tables for line in _lines(table)]
        begins: dict[str, tuple[int, ...]] = {}
        for place, line in enumerate(lines):
            for word in first_words(line) or (ANY,):
                begins[word] = (*begins.get(word, ()), place)
        return cls(tuple(compile_pattern(line) for line in lines), MappingProxyType(begins))

    def found_in(self, text: str) -> bool:
        """Whether one of the patterns stands in ``text`` (from ``words.joined``)."""
        return any(pattern.search(text) for pattern in self._possible(text))

    def is_all_of(self, text: str) -> bool:
        """Whether one of the patterns is the whole of ``text``."""
        return any(pattern.fullmatch(text, 1) for pattern in self._possible(text))

    def without(self, text: str) -> str:
        """``text`` with every match cut out; what stands around it is left in place."""
        for pattern in self._possible(text):
            text = pattern.sub("| ", text)
        return text

    def _possible(self, text: str) -> Sequence[re.Pattern[str]]:
        """The patterns that begin with a word of ``text``, in the order of the book."""
        begins = self.begins
        found = [begins[word] for word in begins.keys() & _said(text)]
        if ANY in begins:
            found.append(begins[ANY])
        if not found:
            return ()
        return [self.compiled[place] for place in sorted(set(chain.from_iterable(found)))]
