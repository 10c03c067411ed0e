"""How an intent is worded: patterns that count anywhere, whole utterances, and what to cut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agents.language.patterns import Phrasebook

NOTHING: Final = Phrasebook.of()


@dataclass(frozen=True, slots=True)
class Wording:
    """How an intent is worded.

    ``anywhere`` counts wherever it stands, ``whole`` only as all that was said (after fillers
    and courtesies), ``unless`` is cut out first.
    """

    anywhere: Phrasebook
    whole: Phrasebook = NOTHING
    unless: Phrasebook = NOTHING

    def is_in(self, text: str) -> bool:
        """Whether the text has the intent."""
        text = self.unless.without(text)
        return self.anywhere.found_in(text) or self.whole.is_all_of(_core(text))


# Left out before an utterance counts as "all that was said".
_COURTESY: Final = frozenset(
    ["please", "oh", "well", "so", "and", "but", "just", "then", "ok", "yeah", "yes", "no", "like"]
)


def _core(text: str) -> str:
    words = text.split()
    while words and words[0] in _COURTESY:
        words.pop(0)
    while words and words[-1] in ("please", "then", "mate", "love", "darling", "dear", "there"):
        words.pop()
    return f" {' '.join(words)} "
