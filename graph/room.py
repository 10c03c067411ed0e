"""How long a reply may be: what is said beyond it is not voiced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Room:
    """Counts the words of what is kept. ``most``: None for a reply of any length."""

    most: int | None = None
    words: int = 0
    full: bool = False  # a sentence was one too many

    def takes(self, sentence: str) -> bool:
        """Whether the reply may be longer by that sentence; after the first that may not, never."""
        if self.most is None:
            return True
        words = self.words + len(sentence.split())
        self.full = self.full or bool(self.words and words > self.most)
        if not self.full:
            self.words = words
        return not self.full

    def begin_anew(self, kept: Iterable[str]) -> None:
        """Only ``kept`` stays of the reply."""
        self.full = False
        self.words = sum(len(text.split()) for text in kept)
