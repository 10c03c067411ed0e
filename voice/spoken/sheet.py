"""The sheet on which rules work: each claims the stretches that it knows how to say.

A rule is a pattern and what is said for a match. What is claimed is blanked with a sign of the
same length, so that places in the sheet are places in the text, and later rules pass it over.
No pattern begins with a repetition without bound, so that a text takes time in proportion to its
length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

CLAIMED: Final = "\ue000"  # private use: no letter, no blank, and in no text after `_plain`

Part: TypeAlias = tuple[int, int, str]  # a stretch of the text, and what is said for it
# For the whole match, for parts of it in their order, or None: it is not this rule's.
Said: TypeAlias = str | Sequence[Part] | None
Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], Said]]

_SAME: Final = {
    "’": "'",
    "‘": "'",
    "‛": "'",
    "ʼ": "'",
    "＇": "'",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "⁄": "/",
    "∕": "/",
}
_WIDE = re.compile(r"[^\x00-\x7f£€’—–…“”\ue000]")
_DIGITS: Final = "0123456789"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of one subject, and a ``sign`` without which none of them knows anything."""

    sign: re.Pattern[str]
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class Sheet:
    """A text, how much of it is not claimed yet, and what is said for the rest."""

    rest: str
    parts: list[Part] = field(default_factory=list)

    def apply(self, rules: Rules) -> None:
        """Let ``rules`` claim what they know; the first to claim a stretch has it."""
        if rules.sign.search(self.rest) is not None:
            for pattern, say in rules.rules:
                self._claim(pattern, say)

    def _claim(self, pattern: re.Pattern[str], say: Callable[[re.Match[str]], Said]) -> None:
        kept: list[str] = []
        done = 0
        for found in pattern.finditer(self.rest):
            said = say(found)
            if said is None:
                continue
            parts = ((*found.span(), said),) if isinstance(said, str) else said
            self.parts.extend(parts)
            for start, end, _ in parts:
                kept.append(self.rest[done:start])
                kept.append(CLAIMED * (end - start))
                done = end
        if done:
            self.rest = "".join(kept) + self.rest[done:]


def sheet_of(text: str) -> Sheet:
    """A sheet of ``text``: typographic variants of letters, digits and dashes made plain."""
    if text.isascii():
        return Sheet(text)
    text = text.replace("’", "'").replace(CLAIMED, " ")
    return Sheet(_WIDE.sub(_plain, text))


def _plain(found: re.Match[str]) -> str:
    """One character for one character, so that places stay."""
    sign = found[0]
    if sign in _SAME:
        return _SAME[sign]
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return _DIGITS[digit]
    normal = unicodedata.normalize("NFKC", sign)
    return normal if len(normal) == 1 else sign
