"""Where the time of one answer went: the moments of a turn as steps that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MOMENTS: Final = (  # the API's moments, and the step that ends with each, in order
    ("decided_ms", "endpointing"),
    ("transcript_ms", "transcript"),
    ("first_clause_ms", "brain"),
    ("first_audio_ms", "voice"),
    ("first_sent_ms", "send"),
    ("first_played_ms", "played"),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one answer.

    ``took_ms``: by step; each begins where the latest one before it ended, so they add up. A step
    whose moment is not known is missing. ``ahead``: those done before the turn was judged over,
    while the caller paused; they took 0 ms of the time the caller waited.
    """

    took_ms: Mapping[str, int]
    ahead: tuple[str, ...] = ()

    @property
    def total_ms(self) -> int:
        """From the caller's last sound to the last moment known."""
        return sum(self.took_ms.values())


def steps_of(moments: Mapping[str, object]) -> Steps:
    """The steps between ``moments``: ms since the stream began, by the API's names."""
    latest, decided = moments.get("speech_end_ms"), moments.get("decided_ms")
    if not isinstance(latest, int):
        return Steps({})
    took: dict[str, int] = {}
    ahead: list[str] = []
    for key, step in MOMENTS:
        moment = moments.get(key)
        if not isinstance(moment, int):
            continue
        took[step] = max(0, moment - latest)
        latest = max(latest, moment)
        if isinstance(decided, int) and moment < decided:
            ahead.append(step)
    return Steps(took, tuple(ahead))
