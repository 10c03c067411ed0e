"""Ten thousand random lives of a call: no impossible cue, no stuck state, one end."""

from __future__ import annotations

import random

import pytest

from core.call import EndReason
from core.speech import Expectation, Heard, ReplyPiece
from tests.unit.voice.world import World
from voice.cues import (
    DraftEnded,
    PieceReady,
    PlaybackStopped,
    SoundStarted,
    TranscriptReady,
    TurnCommitted,
    UtterancePlayed,
)
from voice.turns import Turn

RUNS = 10_000
MOVES = 60


def _live(world: World, chance: random.Random) -> None:
    """Random moves of caller, engines and line; in some lives the engines are slow."""
    voice = 0
    lazy = chance.choice([0.0, 0.0, 0.25])
    for _ in range(MOVES):
        if world.ended is not None:
            return
        move = chance.random()
        if voice > 0 or move < 0.45:
            voice = voice - 1 if voice > 0 else chance.choice([0, 0, 0, 3, 8, 20])
            world.window(0.9 if voice > 0 else chance.choice([0.0, 0.1, 0.4]))
        elif move < 0.80 - lazy:
            world.deliver()
        elif move < 0.88 - lazy:
            world.start_sound()
        elif move < 0.96 - lazy:
            world.play()
        else:
            _rarely(world, move + lazy)


def _rarely(world: World, move: float) -> None:
    if move < 0.97:
        world.press()
    elif move < 0.98:
        world.order()
    elif move < 0.983:
        world.time_is_up()
    else:
        for _ in range(world.chance.randrange(25)):
            world.window(0.0)


@pytest.mark.no_cover  # tracing costs more than the lives; those of the next test are traced
@pytest.mark.parametrize("faults", [False, True], ids=["healthy", "faulty"])
@pytest.mark.parametrize("part", range(4))
def test_random_orders_never_break_or_stick(part: int, faults: bool) -> None:
    for seed in range(part, RUNS // 2, 4):
        chance = random.Random(seed)
        world = World(chance, faults=faults)
        world.begin()
        _live(world, chance)
        world.settle()
        assert not world.stuck(), (seed, world.state, list(world.trace))
        assert len(set(world.committed)) == len(world.committed), f"seed {seed}: committed twice"
        kept = [each.turn for each in world.prepared if each.draft not in world.dropped]
        assert kept == list(range(1, len(kept) + 1)), f"seed {seed}: turn numbers {kept}"
        assert set(world.committed) <= set(kept), f"seed {seed}: a dropped answer is true"
        assert world.ended or not world.has_to_end, f"seed {seed}: an order was not obeyed"


def test_a_dropped_line_ends_any_call_and_keeps_the_callers_words() -> None:
    for seed in range(1000):
        chance = random.Random(seed)
        world = World(chance)
        world.begin()
        _live(world, chance)
        if world.state.turn is Turn.ENDED:
            continue
        world.drop_line()
        open_words = world.state.speech is not None and world.state.speech.is_open
        world.settle()
        assert world.ended is EndReason.CALLER_HUNG_UP
        assert not open_words or not world.state.speech.is_open, f"seed {seed}: words were lost"
        assert world.state.turn is Turn.ENDED
        assert not world.state.digits, f"seed {seed}: keys were lost"
        kept = {each.turn for each in world.prepared if each.draft not in world.dropped}
        assert kept <= set(world.committed), f"seed {seed}: a turn was lost"
        before = world.state
        world.take(SoundStarted(world.now, 1))
        assert world.state is before


def test_cues_of_things_that_are_gone_change_nothing() -> None:
    world = World(random.Random(1))
    world.begin()
    stale = [
        PieceReady(5, 99, 99, ReplyPiece(0, "late.", "greeting")),
        DraftEnded(5, 99, 99, False),
        TurnCommitted(5, 99, (), Expectation(), True),
        UtterancePlayed(5, 99, 99),
        SoundStarted(5, 99),
        TranscriptReady(5, 99, 1, None),
        PlaybackStopped(5, Heard(99, "late", "", 10)),
    ]
    before = world.state
    for cue in stale:
        world.take(cue)
    assert world.state == before
