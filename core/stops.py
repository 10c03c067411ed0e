"""Full stops that end no sentence: "no." before a number, unless it is the word "no"."""

from __future__ import annotations

import re
from typing import Final

# After these "no" is a word: "oh no. 10 minutes is plenty", "the answer is no. 5 came".
_SAYS_NO: Final = frozenset(
    {
        *("a", "absolutely", "ah", "also", "and", "answered", "answers", "be", "but", "certainly"),
        *("clear", "definite", "definitely", "er", "firm", "hm", "if", "is", "it's", "just"),
        *("maybe", "mean", "meant", "means", "of", "oh", "or", "perhaps", "probably", "said"),
        *("say", "saying", "says", "simply", "so", "still", "straight", "that's", "then", "to"),
        *("um", "was", "well", "with", "yes"),
    }
)
_BEFORE = re.compile(r"([A-Za-z\d']{1,40}) $")


def numbers_what_follows(before: str) -> bool:
    """Whether "no." means "number" after ``before``: a thing or its name, or "the"."""
    found = _BEFORE.search(before)
    return found is not None and found[1].lower() not in _SAYS_NO
