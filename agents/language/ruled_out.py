"""What the caller rules out: "not Tuesday", "I can't do Tuesday", "Tuesday is no good"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

LOOK_BACK_WORDS: Final = 5  # "I am not able to do Tuesday"
LOOK_AHEAD_WORDS: Final = 6

_BEFORE = re.compile(
    r"(?<= )(?:not|never|except|avoid|away|busy|working|at work|on holiday|nothing"
    r"|any (?:day|time) but|anything but|other than|apart from|rather than|instead of) "
)
_FRIENDLY_BEFORE = re.compile(
    r"(?<= )(?:mind|problem|why not|until|till|before|bad|how about|what about|but (?!not)|wait)"
)
_EXCEPT_BUT = re.compile(r"(?<= )(?:any (?:day|time)|anything|every day) but $")
_AFTER = re.compile(
    r" (?:(?:is|are|was|would|will|does|do|that is|might be|would be|will be) )*"
    r"(?:no good|not (?!bad|a problem|too bad)|bad|difficult|impossible|tricky|hard|out "
    r"|no use|a problem|a bad)"
)
_JOINS: Final = frozenset({"or", "and", "nor", "on"})
_BELONGS: Final = frozenset({"at", "in", "the", "on"})


def is_ruled_out(
    words: Sequence[str],
    start: int,
    end: int,
    *,
    after: int,
    before_is_out: bool,
    same_kind: bool,
) -> bool:
    """Whether the mention at ``words[start:end]`` is ruled out.

    ``after``: where the mention before it ended; ``before_is_out``: that one is ruled out;
    ``same_kind``: both are days, or both are times.
    """
    between = words[after:start]
    if before_is_out:
        linked = _JOINS if same_kind else _BELONGS
        if between and set(between) <= linked and not set(between) <= {"on"}:
            return True
        if not same_kind and not between:
            return True
    lead = f" {' '.join(words[max(after, start - LOOK_BACK_WORDS) : start])} "
    if _EXCEPT_BUT.search(lead):
        return True
    negated = _BEFORE.search(lead)
    if negated and not _FRIENDLY_BEFORE.search(lead):
        return True
    tail = f" {' '.join(words[end : end + LOOK_AHEAD_WORDS])} "
    return _AFTER.match(tail) is not None
