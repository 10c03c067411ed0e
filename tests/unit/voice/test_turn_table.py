"""The turn table: every pair of turn and cue is decided, none by accident."""

from __future__ import annotations

import pytest

from core.errors import BrokenInvariantError
from voice.turns import NEXT, Turn, TurnCue, follow

# What can never happen, turn by turn. With the rows of the table this covers every pair.
IMPOSSIBLE: dict[Turn, set[TurnCue]] = {
    Turn.IDLE: set(TurnCue) - {TurnCue.CALL_STARTED, TurnCue.HUNG_UP},
    Turn.LISTENING: set(TurnCue) - {TurnCue.CALLER_FINISHED, TurnCue.FALSE_ALARM, TurnCue.HUNG_UP},
    Turn.PROCESSING: {
        TurnCue.CALL_STARTED,
        TurnCue.CALLER_FINISHED,
        TurnCue.FALSE_ALARM,
        TurnCue.PLAYBACK_STOPPED,
    },
    Turn.SPEAKING: {
        TurnCue.CALL_STARTED,
        TurnCue.CALLER_FINISHED,
        TurnCue.NOTHING_SAID,
        TurnCue.FALSE_ALARM,
        TurnCue.REPLY_STARTED,
        TurnCue.PLAYBACK_STOPPED,
    },
    Turn.INTERRUPTED: set(TurnCue) - {TurnCue.PLAYBACK_STOPPED, TurnCue.HUNG_UP},
    Turn.ENDED: set(TurnCue),
}


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize("cue", TurnCue)
def test_every_pair_is_decided(turn: Turn, cue: TurnCue) -> None:
    if cue in IMPOSSIBLE[turn]:
        assert (turn, cue) not in NEXT
        with pytest.raises(BrokenInvariantError):
            follow(turn, cue)
    else:
        assert follow(turn, cue) in Turn


def test_the_table_of_the_mission() -> None:
    journey = [
        (TurnCue.CALL_STARTED, Turn.LISTENING),
        (TurnCue.CALLER_FINISHED, Turn.PROCESSING),
        (TurnCue.REPLY_STARTED, Turn.SPEAKING),
        (TurnCue.CALLER_SPOKE, Turn.INTERRUPTED),
        (TurnCue.PLAYBACK_STOPPED, Turn.LISTENING),
        (TurnCue.CALLER_FINISHED, Turn.PROCESSING),
        (TurnCue.REPLY_STARTED, Turn.SPEAKING),
        (TurnCue.REPLY_FINISHED, Turn.LISTENING),
        (TurnCue.HUNG_UP, Turn.ENDED),
    ]
    turn = Turn.IDLE
    for cue, after in journey:
        turn = follow(turn, cue)
        assert turn is after
