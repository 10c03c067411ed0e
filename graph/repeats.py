"""What the caller was told in this turn already, so that no second model says it again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graph.sentences import Sentences

WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
ENDS: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
BETWEEN: Final = " \t\n,;:.!?…-–—'\"”’)]"  # what may stand between a fragment and its rest


def words_of(text: str) -> tuple[str, ...]:
    """The words of the text as they sound: neither case nor punctuation matters."""
    return tuple(word.replace("’", "'").casefold() for word in WORD.findall(text))


def is_whole(text: str) -> bool:
    """Whether the text ends where a sentence ends."""
    return not text or ENDS.search(text.rstrip()) is not None


class Repeats:
    """The sentences voiced so far, and the last one if it broke off in the middle."""

    def __init__(self, voiced: Iterable[str]) -> None:
        text = " ".join(voiced)
        splitter = Sentences(clauses=False)
        sentences = [*splitter.feed(f"{text} "), *splitter.flush()]
        self._fragment: tuple[str, ...] = ()
        if sentences and not is_whole(text):
            self._fragment = words_of(sentences.pop())
        self._said = {words_of(sentence) for sentence in sentences}

    def unsaid(self, sentence: str) -> str:
        """What of the sentence is new; empty when all of it was voiced."""
        words = words_of(sentence)
        if words in self._said:
            return ""
        count = len(self._fragment)
        if count and words[:count] == self._fragment:
            self._fragment = ()
            self._said.add(words)
            last = list(WORD.finditer(sentence))[count - 1]
            return sentence[last.end() :].lstrip(BETWEEN)
        return sentence
