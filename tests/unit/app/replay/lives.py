"""Random lives of calls as logs hold them."""

from __future__ import annotations

import random

from tests.unit.voice.test_reducer_orders import _live
from tests.unit.voice.world import World
from voice.call_state import CallState
from voice.cue_codec import CueEncoder, CueTrace, Taken, decode
from voice.cues import Cue
from voice.reducer import step


class Noting(World):
    """A world that remembers every cue and its commands."""

    taken: list[Taken]

    def take(self, cue: Cue) -> None:
        if not hasattr(self, "taken"):
            self.taken = []
        self.taken.append((cue, step(self.state, cue)[1]))
        super().take(cue)


def lived(seed: int, state: CallState, *, hangs_up: bool = False) -> list[Taken]:
    """A random life of a call that begins in ``state``, with what the reducer decided."""
    chance = random.Random(seed)
    world = Noting(chance, faults=seed % 2 == 1, state=state)
    world.begin()
    _live(world, chance)
    if hangs_up and world.ended is None:
        world.drop_line()
    if hangs_up or seed % 20 == 0:  # every life to its end would cost seconds
        world.settle()
    return world.taken


def encoded(state: CallState, taken: list[Taken]) -> bytes:
    """The records of a log."""
    encoder = CueEncoder()
    records = encoder.head(state, "1.2.3")
    for cue, commands in taken:
        records += encoder.cue(cue, commands)
    return records + encoder.end()


def trace_of(state: CallState, taken: list[Taken]) -> CueTrace:
    """A log, read back."""
    return decode(encoded(state, taken))
