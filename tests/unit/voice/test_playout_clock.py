"""The playout clock: what a shaky network hides, and what the echoes of marks tell of it."""

from __future__ import annotations

import random
from statistics import fmean

from voice.playout_clock import PlayoutClock


def test_sound_begins_when_it_is_sent_or_where_the_sound_before_it_ends() -> None:
    clock = PlayoutClock()
    assert clock.sent(10.0, 100.0) == 10.0
    assert clock.sent(20.0, 100.0) == 110.0
    run = clock.run
    assert clock.sent(500.0, 60.0) == 500.0
    assert clock.run == run + 1
    assert clock.plays_until_ms == 560.0


def test_without_echoes_the_clock_is_as_it_stands() -> None:
    clock = PlayoutClock()
    clock.sent(10.0, 100.0)
    assert clock.played_by_ms(50.0) == 50.0


def test_a_run_that_took_longer_than_usual_to_arrive_has_played_less() -> None:
    clock = PlayoutClock()
    for start, lag in ((0.0, 100.0), (1000.0, 100.0), (2000.0, 100.0), (3000.0, 180.0)):
        for piece in range(5):
            ends_ms = clock.sent(start, 100.0) + 100.0
            clock.echoed(clock.run, ends_ms, ends_ms + lag)
            assert ends_ms == start + 100.0 * (piece + 1)
    assert clock.played_by_ms(3400.0) == 3400.0 - (180.0 - fmean((100.0, 100.0, 100.0, 180.0)))


def test_an_echo_of_an_older_run_tells_nothing_of_this_one() -> None:
    clock = PlayoutClock()
    clock.sent(0.0, 100.0)
    old = clock.run
    clock.stop()
    clock.sent(1000.0, 100.0)
    clock.echoed(old, 100.0, 1900.0)
    assert clock.played_by_ms(1050.0) == 1050.0


def test_one_late_echo_moves_nothing() -> None:
    clock = PlayoutClock()
    for piece in range(6):
        ends_ms = clock.sent(0.0, 100.0) + 100.0
        clock.echoed(clock.run, ends_ms, ends_ms + (900.0 if piece == 3 else 80.0))
    assert clock.played_by_ms(600.0) == 600.0


def test_with_echoes_the_far_end_is_known_better_than_without() -> None:
    chance = random.Random(4)
    clock, corrected, plain = PlayoutClock(), list[float](), list[float]()
    for run in range(400):
        start_ms, way_ms = 10_000.0 * run, chance.uniform(20, 140)
        for _ in range(12):
            ends_ms = clock.sent(start_ms, 100.0) + 100.0
            clock.echoed(clock.run, ends_ms, ends_ms + way_ms + chance.uniform(20, 140))
        now_ms, clear_ms = start_ms + 700.0, chance.uniform(20, 140)
        truth_ms = now_ms + clear_ms - way_ms
        corrected.append(abs(clock.played_by_ms(now_ms) - truth_ms))
        plain.append(abs(now_ms - truth_ms))
        clock.stop()
    assert fmean(corrected) < 0.85 * fmean(plain)
