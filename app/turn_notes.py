"""What is worth saying of a turn beside its words: doubt, another language, another model, faults.

A turn that went as it should has no notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LANGUAGE: Final = "en"  # of every script so far
SURE: Final = 0.5  # a language that is less likely than this is a guess, and is not told


def hearing_notes(
    *,
    confidence: float,
    language: str | None,
    language_probability: float | None,
    floor: float,
) -> tuple[str, ...]:
    """What the words of the caller need beside them. ``floor``: below it hearing is in doubt."""
    if language is None:  # nothing was understood, so there is nothing to doubt
        return ()
    notes: list[str] = []
    if confidence < floor:
        notes.append(f"confidence {confidence:.2f}")
    likely = 1.0 if language_probability is None else language_probability
    if language != LANGUAGE and likely >= SURE:
        notes.append(f"language {language} ({likely:.0%})")
    return tuple(notes)


def answer_notes(*, model: str, faults: Sequence[str], engines: Sequence[str]) -> tuple[str, ...]:
    """What the reply needs beside it: a model that is not the call's own, and what failed."""
    notes = [f"by {model}"] if model and model not in engines else []
    return (*notes, *faults)


def evidence_note(*, what: str, mark: str, at_ms: int) -> str:
    """That the caller heard something to its end, when, and by which mark it is proved."""
    return f"heard: {what} at {at_ms / 1000:.1f} s (mark {mark})"
