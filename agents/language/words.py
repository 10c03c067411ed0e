"""Utterances as plain words: lower case, contractions written out, clock figures kept whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from agents.language.written import in_words


def word_set(words: str) -> frozenset[str]:
    """The words of a table written as one line of text."""
    return frozenset(words.split())


_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_EMAIL = re.compile(r"\be-mail")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CLOCK_DOT = re.compile(r"\b(\d{1,2})\.(\d{2})\b(?!\.)")
_MERIDIEM = re.compile(r"(?<![a-z])([ap])\.? ?m(?:\.|\b)")
_FIGURE_UNIT = re.compile(r"(\d)(am|pm|bed|beds|bedroom|bedrooms|mins?|hrs?)\b")
_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d+(?::\d{2}|(?:/\d+){1,2}|st\b|nd\b|rd\b|th\b)?|[a-z']+|[?]"
)

# Chat and speech engines drop apostrophes; only words that mean nothing else without one.
_BARE: Final = {
    word.replace("'", ""): word
    for word in word_set(
        "don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't wouldn't couldn't "
        "shouldn't can't i'm i've you're you've they're they've we've that's what's who's "
        "where's how's there's he's she's you'd they'd o'clock"
    )
}
_WHOLE: Final = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "let us",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "cos": "because",
    "alright": "all right",
    "okey": "ok",
    "okay": "ok",
    "yea": "yeah",
    "thankyou": "thank you",
    "tomorow": "tomorrow",
    "tommorow": "tomorrow",
    "tommorrow": "tomorrow",
    "anymore": "any more",
    "callback": "call back",
    "sometime": "some time",
    "someday": "some day",
    "anytime": "any time",
}
_IS: Final = word_set(
    "what who where when how why it that this there he she here everything name today tomorrow "
    "monday tuesday wednesday thursday friday saturday sunday"
)
_ENDINGS: Final = (
    ("n't", " not"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'d", " would"),
    ("'m", " am"),
)
_FILLERS: Final = word_set("um uh er erm umm uhm ehm hmm mm ah")
# "uh huh" and "mm hmm" say yes, so they become a word before fillers go.
_HUMMED = re.compile(r"\b(?:uh[ -]?huh|mm+[ -]?hm+|mhm+)\b")
_HUMMED_NO = re.compile(r"\b(?:uh[ -]uh|nuh[ -]uh)\b")


def words_of(text: str) -> tuple[str, ...]:
    """The words of one utterance. A question mark stays as a word of its own."""
    plain = unicodedata.normalize("NFKD", text.translate(_QUOTES)).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _HUMMED.sub("uhhuh", plain)
    plain = _HUMMED_NO.sub("nope", plain)
    plain = _THOUSANDS.sub("", plain)
    plain = plain.replace("&", " and ").replace("%", " percent ")
    plain = _EMAIL.sub("email", plain)
    plain = _CLOCK_DOT.sub(r"\1:\2", plain)
    plain = _MERIDIEM.sub(r" \1m ", plain)
    plain = _FIGURE_UNIT.sub(r"\1 \2", plain)
    return tuple(word for token in _TOKEN.findall(plain) for word in _written_out(token))


def _written_out(token: str) -> Iterator[str]:
    word = token.strip("'")
    word = _BARE.get(word, word)
    if word in _FILLERS or not word:
        return
    if word in _WHOLE:
        yield from _WHOLE[word].split()
        return
    for ending, full in _ENDINGS:
        if word.endswith(ending) and word != ending:
            yield from (word.removesuffix(ending) + full).split()
            return
    if word.endswith("'s") and word.removesuffix("'s") in _IS:
        yield word.removesuffix("'s")
        yield "is"
        return
    yield word


def joined(words: tuple[str, ...]) -> str:
    """The words with a space around each, as patterns search them: small figures in words."""
    return f" {' '.join(in_words(word) for word in words if word != '?')} "
