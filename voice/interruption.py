"""Whether what a caller said into the agent's words takes the floor (pure)."""

from __future__ import annotations

from core.speech import Heard
from voice.interjections import InterjectionKind, interjection

TAKES_THE_FLOOR = frozenset({InterjectionKind.STOP, InterjectionKind.TURN})


def is_interruption(text: str, heard: Heard | None) -> bool:
    """Whether ``text``, said while the agent spoke, is a turn of its own.

    ``heard``: how far the agent had come. Once its question was heard, a "yes" is an answer;
    before that it only says "go on".
    """
    answers = heard is not None and _was_asked(heard)
    return interjection(text, answers_question=answers).kind in TAKES_THE_FLOOR


def _was_asked(heard: Heard) -> bool:
    if not heard.text:
        return False  # a reply that has not begun yet has no unheard rest either
    return not heard.unheard or ("?" in heard.text and "?" not in heard.unheard)
