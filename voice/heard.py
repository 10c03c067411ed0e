"""How much of a text was heard, given how many milliseconds of it were played (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from voice.ports import WordTime

HEARD_SHARE = 0.5  # a word counts as heard once half of it was played


def heard_until(text: str, words: Sequence[WordTime], played_ms: float, total_ms: float) -> int:
    """The index in ``text`` up to which it was heard, always at a word's end.

    Without word times the place is estimated from the share of the audio that was played.
    """
    if played_ms <= 0:
        return 0
    if played_ms >= total_ms > 0:
        return len(text)
    if not words:
        return _whole_words(text, int(len(text) * played_ms / total_ms) if total_ms else 0)
    heard = 0
    for word in words:
        if played_ms < word.at_ms + (word.until_ms - word.at_ms) * HEARD_SHARE:
            break
        heard = word.end
    return _with_punctuation(text, heard)


def _whole_words(text: str, index: int) -> int:
    """Cut back to the last space at or before ``index``."""
    if index >= len(text):
        return len(text)
    return text.rfind(" ", 0, index + 1) if " " in text[: index + 1] else 0


def _with_punctuation(text: str, index: int) -> int:
    """A comma or full stop belongs to the word before it."""
    while 0 < index < len(text) and not text[index].isalnum() and not text[index].isspace():
        index += 1
    return index
