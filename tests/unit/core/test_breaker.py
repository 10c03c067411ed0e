"""The breaker: every pair of state and cue is decided, and whatever happens it lets go again."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.breaker import NEXT, Breaker, BreakerLimits, Circuit, CircuitCue

LIMITS = BreakerLimits(failures=3, open_s=5, longest_s=60, trial_s=30)

# Only an open circuit rests.
IMPOSSIBLE = {(Circuit.CLOSED, CircuitCue.RESTED), (Circuit.HALF_OPEN, CircuitCue.RESTED)}

# What may happen to a breaker, and after how many seconds.
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["lets", "succeeded", "failed", "told", "gave_up"]),
        st.floats(min_value=0, max_value=400),
    ),
    max_size=60,
)


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker("test", LIMITS)
    for _ in range(3):
        breaker.failed(at, "gone")
    return breaker


def happens(breaker: Breaker, what: str, now: float) -> None:
    match what:
        case "lets":
            breaker.lets(now)
        case "succeeded":
            breaker.succeeded(now)
        case "failed":
            breaker.failed(now, "gone")
        case "told":
            breaker.failed(now, "stay away", stay_away_s=120)
        case _:
            breaker.gave_up(now)


@pytest.mark.parametrize(("circuit", "cue"), list(product(Circuit, CircuitCue)), ids=str)
def test_every_pair_is_decided(circuit: Circuit, cue: CircuitCue) -> None:
    assert ((circuit, cue) in NEXT) != ((circuit, cue) in IMPOSSIBLE)


@pytest.mark.parametrize(
    ("circuit", "cue", "after"),
    [
        (Circuit.CLOSED, CircuitCue.SUCCEEDED, Circuit.CLOSED),
        (Circuit.CLOSED, CircuitCue.TRIPPED, Circuit.OPEN),
        (Circuit.OPEN, CircuitCue.SUCCEEDED, Circuit.OPEN),
        (Circuit.OPEN, CircuitCue.TRIPPED, Circuit.OPEN),
        (Circuit.OPEN, CircuitCue.RESTED, Circuit.HALF_OPEN),
        (Circuit.HALF_OPEN, CircuitCue.SUCCEEDED, Circuit.CLOSED),
        (Circuit.HALF_OPEN, CircuitCue.TRIPPED, Circuit.OPEN),
    ],
)
def test_the_rows_of_the_table(circuit: Circuit, cue: CircuitCue, after: Circuit) -> None:
    assert NEXT[circuit, cue] is after


def test_two_failures_are_a_hiccup_and_the_third_opens() -> None:
    breaker = Breaker("test", LIMITS)
    breaker.failed(0, "one")
    breaker.failed(1, "two")
    assert breaker.circuit(1) is Circuit.CLOSED
    assert breaker.lets(1)
    assert breaker.reason == "two"
    breaker.failed(2, "three")
    assert breaker.circuit(2) is Circuit.OPEN
    assert not breaker.lets(6.9)


def test_a_success_between_failures_counts_anew() -> None:
    breaker = Breaker("test", LIMITS)
    for _ in range(5):
        breaker.failed(0, "gone")
        breaker.failed(0, "gone")
        breaker.succeeded(0)
    assert breaker.circuit(0) is Circuit.CLOSED
    assert breaker.reason == ""


def test_after_its_rest_one_trial_at_a_time_is_let_through() -> None:
    breaker = opened()
    assert breaker.circuit(5) is Circuit.HALF_OPEN
    assert breaker.lets(5)
    assert not breaker.lets(5)
    assert not breaker.lets(34.9)
    assert breaker.lets(35), "a trial without an answer is forgotten"
    breaker.succeeded(36)
    assert breaker.circuit(36) is Circuit.CLOSED
    assert breaker.lets(36)
    assert breaker.lets(36)


def test_a_failed_trial_opens_for_twice_as_long_up_to_a_limit() -> None:
    breaker, now, rests = opened(), 0.0, []
    for _ in range(6):
        begin = now
        while not breaker.lets(now):
            now += 0.5
        rests.append(now - begin)
        breaker.failed(now, "still gone")
    assert rests == [5, 10, 20, 40, 60, 60]


def test_a_day_of_failures_does_not_break_the_breaker() -> None:
    breaker, now = opened(), 0.0
    for _ in range(3000):
        now += 60
        assert breaker.lets(now)
        breaker.failed(now, "still gone")
    assert breaker.lets(now + 60)


def test_a_cancelled_trial_frees_the_way_for_another() -> None:
    breaker = opened()
    assert breaker.lets(5)
    breaker.gave_up(6)
    assert breaker.circuit(6) is Circuit.HALF_OPEN
    assert breaker.lets(6)


def test_told_to_stay_away_it_opens_at_once_for_that_long() -> None:
    breaker = Breaker("test", LIMITS)
    breaker.failed(10, "wrong key", stay_away_s=300)
    assert not breaker.lets(309)
    assert breaker.lets(310)
    breaker.failed(310, "slow down", stay_away_s=2)
    assert not breaker.lets(311)
    assert breaker.lets(312)


def test_what_a_late_call_tells_while_it_is_open_changes_little() -> None:
    breaker = opened()
    breaker.succeeded(1)
    breaker.failed(2, "late")
    breaker.gave_up(3)
    assert not breaker.lets(4.9)
    assert breaker.lets(5)
    breaker = opened()
    breaker.failed(1, "slow down", stay_away_s=100)  # but a wish is granted
    assert not breaker.lets(100)
    assert breaker.lets(101)


@given(HAPPENINGS)
def test_whatever_happens_it_tries_again_and_one_success_closes_it(
    happenings: list[tuple[str, float]],
) -> None:
    breaker, now = Breaker("test", LIMITS), 0.0
    for what, later in happenings:
        now += later
        happens(breaker, what, now)
    now += 120 + LIMITS.trial_s  # the longest that it was told to stay away, and a lost trial
    assert breaker.lets(now)
    breaker.succeeded(now)
    assert breaker.circuit(now) is Circuit.CLOSED


@given(HAPPENINGS, st.floats(min_value=0, max_value=20))
def test_an_open_breaker_lets_nothing_through_and_a_trial_is_alone(
    happenings: list[tuple[str, float]], soon: float
) -> None:
    breaker, now = Breaker("test", LIMITS), 0.0
    for what, later in happenings:
        now += later
        happens(breaker, what, now)
        circuit = breaker.circuit(now)
        if circuit is Circuit.OPEN:
            assert not breaker.lets(now)
        if circuit is Circuit.HALF_OPEN and breaker.lets(now):
            assert not breaker.lets(now + soon)
