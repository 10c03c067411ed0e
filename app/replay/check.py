"""The same decisions again: a cue log run through the reducer, compared command by command."""

from __future__ import annotations

from dataclasses import dataclass

from voice.commands import Command
from voice.cue_codec import CueTrace
from voice.cues import Cue
from voice.reducer import step


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the reducer decides otherwise than it did in the call.

    ``number`` counts the cues from 1. ``then`` and ``now`` are all commands of that cue.
    ``broke``: what the reducer raised, instead of deciding.
    """

    number: int
    cue: Cue
    then: tuple[Command, ...]
    now: tuple[Command, ...] = ()
    broke: str = ""


def first_difference(trace: CueTrace) -> Difference | None:
    """Run ``trace`` again from its first state; None when every decision is the same."""
    state = trace.state
    for number, (cue, then) in enumerate(trace.taken, 1):
        try:
            state, now = step(state, cue)
        except Exception as error:  # noqa: BLE001  a bug of the reducer is what a replay is for
            return Difference(number, cue, then, broke=f"{type(error).__name__}: {error}")
        if now != then:
            return Difference(number, cue, then, now)
    return None
