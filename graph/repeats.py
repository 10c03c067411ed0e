"""What the caller was told in this turn already, so that no second model says it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from graph.sentences import Sentences

WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
ENDS: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
BETWEEN: Final = " \t\n,;:.!?…-–—'\"”’)]"  # what may stand between a fragment and its rest

FRAGMENT: Final = 3  # words; fewer begin many a sentence


def words_of(text: str) -> tuple[str, ...]:
    """The words of the text as they sound: neither case nor punctuation matters."""
    return tuple(word.replace("’", "'").casefold() for word in WORD.findall(text))


def has_words(text: str) -> bool:
    """Whether there is anything to speak."""
    return WORD.search(text) is not None


def is_whole(text: str) -> bool:
    """Whether the text ends where a sentence ends."""
    return not text or ENDS.search(text.rstrip()) is not None


def by_model(spoken: Sequence[str], begins: Sequence[int]) -> Iterator[Sequence[str]]:
    """What each model voiced. ``begins``: where the pieces of each one begin."""
    ends = [*begins[1:], len(spoken)]
    return (spoken[begin:end] for begin, end in zip(begins, ends, strict=True))


class Repeats:
    """The sentences voiced so far, and those that broke off in the middle.

    ``voiced``: what each model voiced, in order; a model that fails may break off.
    """

    def __init__(self, *voiced: Iterable[str]) -> None:
        self._said: set[tuple[str, ...]] = set()
        self._fragments: list[tuple[str, ...]] = []
        for pieces in voiced:
            self._add(" ".join(pieces))

    def _add(self, text: str) -> None:
        splitter = Sentences(clauses=False)
        sentences = [*splitter.feed(f"{text} "), *splitter.flush()]
        if sentences and not is_whole(text):
            self._fragments.append(words_of(sentences.pop()))
        self._said.update(words_of(sentence) for sentence in sentences)
        self._fragments = [fragment for fragment in self._fragments if fragment]

    def unsaid(self, sentence: str) -> str:
        """What of the sentence is new; empty when all of it was voiced."""
        words = words_of(sentence)
        if words in self._said:
            return ""
        fragments = self._fragments
        # A word or two begin many a sentence: only the first new one takes them up.
        self._fragments = [each for each in fragments if len(each) >= FRAGMENT]
        for fragment in fragments:
            if words[: len(fragment)] == fragment:
                self._said.add(words)
                last = list(WORD.finditer(sentence))[len(fragment) - 1]
                rest = sentence[last.end() :].lstrip(BETWEEN)
                if words_of(rest) in self._said:
                    return ""
                if rest and fragment in self._fragments:
                    self._fragments.remove(fragment)  # it is finished: others may begin so too
                return rest
        return sentence
