"""What the caller is doing with a turn, whatever was asked: the intents that need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agents.language.opt_outs import is_opt_out
from agents.language.reading import Intent
from agents.language.wording import Wording
from agents.language.wordings_declining import DECLINING
from agents.language.wordings_going_on import GOING_ON
from agents.language.words import joined

WORDINGS: Final[Mapping[Intent, Wording]] = {**DECLINING, **GOING_ON}


def read_intents(words: Sequence[str]) -> frozenset[Intent]:
    """The intents that are in the words, whatever was asked."""
    text = joined(tuple(words))
    found = {intent for intent, wording in WORDINGS.items() if wording.is_in(text)}
    if is_opt_out(text):
        # "Stop calling me" is no wish to be called another time, nor to wait.
        found -= {Intent.CALL_LATER, Intent.WAIT}
        found.add(Intent.OPT_OUT)
    return frozenset(found)
