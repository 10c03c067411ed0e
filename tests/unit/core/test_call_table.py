"""The life of a call: every pair of state and cue is decided."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.call import NEXT, STALE, CallCue, CallState, follow
from core.errors import BrokenInvariantError

PAIRS = list(product(CallState, CallCue))
ORDER = list(CallState)


@pytest.mark.parametrize(("state", "cue"), PAIRS, ids=lambda value: str(value))
def test_every_pair_is_decided_once(state: CallState, cue: CallCue) -> None:
    decided = [(state, cue) in NEXT, (state, cue) in STALE]
    assert decided.count(True) == 1, "a pair is a row of the table or stale, never both or neither"


@pytest.mark.parametrize(("pair", "after"), NEXT.items(), ids=str)
def test_a_row_of_the_table_is_followed_and_leads_onwards(
    pair: tuple[CallState, CallCue], after: CallState
) -> None:
    assert follow(*pair) is after
    assert ORDER.index(after) > ORDER.index(pair[0]), "a call never goes back"


@pytest.mark.parametrize(("state", "cue"), sorted(STALE), ids=str)
def test_a_stale_cue_changes_nothing(state: CallState, cue: CallCue) -> None:
    assert follow(state, cue) is state


@given(st.lists(st.sampled_from(CallCue), max_size=20))
def test_any_order_of_callbacks_ends_at_the_furthest_state(cues: list[CallCue]) -> None:
    states = [CallState.QUEUED]
    for cue in cues:
        states.append(follow(states[-1], cue))
    assert all(ORDER.index(a) <= ORDER.index(b) for a, b in pairwise(states))
    reached = {CallState.QUEUED} | {
        {
            CallCue.PLACED: CallState.DIALING,
            CallCue.RANG: CallState.RINGING,
            CallCue.ANSWERED: CallState.TALKING,
            CallCue.ENDED: CallState.ENDED,
        }[cue]
        for cue in cues
    }
    assert states[-1] is max(reached, key=ORDER.index)


def test_a_pair_outside_the_table_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.call.STALE", frozenset())
    with pytest.raises(BrokenInvariantError, match="A ended call cannot be rang"):
        follow(CallState.ENDED, CallCue.RANG)
