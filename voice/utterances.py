"""Sentences on their way to the caller, and what was heard of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.speech import Heard
from voice.heard import heard_until
from voice.ports import Pcm, WordTime


@dataclass(slots=True)
class Utterance:
    """One sentence of a reply. Times in ms of its own audio; ``played_ms`` by our playout clock.

    ``tail`` holds samples that do not fill a frame yet; ``complete``: no more audio will come.
    """

    turn: int
    number: int
    text: str
    words: list[WordTime] = field(default_factory=list)
    tail: Pcm = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    made_ms: float = 0
    played_ms: float = 0
    complete: bool = False

    def heard_until(self) -> int:
        """The index in the text up to which it was heard."""
        total_ms = self.made_ms if self.complete else float("inf")
        return heard_until(self.text, self.words, self.played_ms, total_ms)


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms to send; ``audio`` is None for the end of the utterance."""

    utterance: Utterance
    audio: Pcm | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame at the carrier, and when it begins to play, by our clock."""

    utterance: Utterance
    audio: Pcm
    begins_ms: float


def told(turn: int, utterances: Sequence[Utterance]) -> Heard:
    """How much of ``utterances``, the reply to ``turn``, the caller heard."""
    cuts = [(item.text, item.heard_until()) for item in utterances]
    return Heard(
        turn=turn,
        text=_joined([text[:cut] for text, cut in cuts]),
        unheard=_joined([text[cut:] for text, cut in cuts]),
        heard_ms=round(sum(item.played_ms for item in utterances)),
    )


def _joined(parts: Sequence[str]) -> str:
    return " ".join(stripped for part in parts if (stripped := part.strip()))
