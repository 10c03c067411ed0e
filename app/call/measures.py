"""What the telephone line itself shows: who sounded when, how long the silences were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.call.result import Span
from voice.ports import LINE_HZ, Pcm

STEP_MS: Final = 10  # half a packet: finer than any limit we state
SOUND_RMS: Final = 60.0  # about -55 dBFS: above G.711's own noise, below the quietest speech
PAUSE_MS: Final = 250  # shorter gaps lie within a sentence


def spans(channel: Pcm, pause_ms: int = PAUSE_MS) -> list[Span]:
    """The stretches of sound in ``channel`` (mono, 8000 Hz); a gap up to ``pause_ms`` joins."""
    step = LINE_HZ * STEP_MS // 1000
    count = len(channel) // step
    frames = channel[: count * step].reshape(count, step).astype(np.float64)
    loud = np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > SOUND_RMS)
    found: list[Span] = []
    for index in loud.tolist():
        at = index * STEP_MS
        if found and at - found[-1].to_ms <= pause_ms:
            found[-1] = Span(from_ms=found[-1].from_ms, to_ms=at + STEP_MS)
        else:
            found.append(Span(from_ms=at, to_ms=at + STEP_MS))
    return found


def within(found: Sequence[Span], from_ms: int, to_ms: int) -> list[Span]:
    """The spans that begin in ``from_ms`` .. ``to_ms`` (end excluded)."""
    return [span for span in found if from_ms <= span.from_ms < to_ms]


def first_after(found: Sequence[Span], at_ms: int) -> int | None:
    """When the first sound after ``at_ms`` begins; None if it stays silent."""
    return next((span.from_ms for span in found if span.from_ms >= at_ms), None)


def stopped_after(found: Sequence[Span], at_ms: int) -> int | None:
    """How long the sound that is on at ``at_ms`` goes on, in ms; None if there is none."""
    return next(
        (span.to_ms - at_ms for span in found if span.from_ms <= at_ms < span.to_ms),
        None,
    )
