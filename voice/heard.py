"""How much of a text was heard, and where the rest of it sounds, by its played milliseconds (pure).

``total_ms`` is the length of the text's whole sound. While that sound is still being made
(``whole`` is False) it is only an estimate, and so is the end of the last word known.
"""

from __future__ import annotations

from collections.abc import Sequence

from voice.ports import WordTime

HEARD_SHARE = 0.5  # a word counts as heard once half of it was played
CHARACTER_MS = 65  # a character of English at 160 words per minute, spaces counted


def length_ms(text: str, made_ms: float, *, whole: bool) -> float:
    """How long ``text`` sounds: what was made of it, or for the time being an estimate."""
    return made_ms if whole else max(made_ms, len(text) * CHARACTER_MS)


def heard_until(
    text: str,
    words: Sequence[WordTime],
    played_ms: float,
    total_ms: float,
    *,
    whole: bool = True,
) -> int:
    """The index in ``text`` up to which it was heard, always at a word's end.

    Without word times the place is estimated from the share of the audio that was played.
    """
    if played_ms <= 0:
        return 0
    if whole and played_ms >= total_ms > 0:
        return len(text)
    if not words:
        return _by_share(text, played_ms / total_ms if total_ms else 0.0, whole=whole)
    heard = 0
    for position, word in enumerate(words):
        sounds_ms: float = word.until_ms - word.at_ms
        if not whole and position + 1 == len(words):  # its end is not made yet
            sounds_ms = max(sounds_ms, (word.end - word.start) * CHARACTER_MS)
        if played_ms <= word.at_ms or played_ms < word.at_ms + sounds_ms * HEARD_SHARE:
            break
        heard = max(heard, word.end)
    return _with_what_is_mute(text, heard)


def resumes_at_ms(text: str, words: Sequence[WordTime], heard: int, total_ms: float) -> float:
    """Where in the sound the first word begins that stands behind ``heard`` of ``text``."""
    if heard <= 0:
        return 0.0
    if not words:
        return total_ms * heard / len(text)
    following = [word.at_ms for word in words if word.start >= heard]
    return min(following) if following else max(word.until_ms for word in words)


def _by_share(text: str, share: float, *, whole: bool) -> int:
    index = int(len(text) * share)
    return _whole_words(text, index if whole else min(index, len(text) - 1))


def _whole_words(text: str, index: int) -> int:
    """Cut back to the last space at or before ``index``."""
    if index >= len(text):
        return len(text)
    return text.rfind(" ", 0, index + 1) if " " in text[: index + 1] else 0


def _with_what_is_mute(text: str, index: int) -> int:
    """A comma or full stop belongs to the word before it; a rest without letters is no rest."""
    while 0 < index < len(text) and not text[index].isalnum() and not text[index].isspace():
        index += 1
    if index and not any(character.isalnum() for character in text[index:]):
        return len(text)
    return index
