"""The bench's figures: percentiles that were seen, samples of the measured stretch, the report."""

from __future__ import annotations

import json

import pytest

from app.bench.machine import Machine
from app.bench.report import Report
from app.bench.samples import Samples, TurnTimes
from app.bench.spread import Spread, percentile, spread
from app.bench.talker import SENTENCES, tokens


@pytest.mark.parametrize(
    ("count", "percent", "seen"),
    [
        (1, 50, 1),
        (1, 99, 1),
        (2, 50, 1),
        (3, 50, 2),
        (100, 50, 50),
        (100, 90, 90),
        (100, 99, 99),
        (100, 100, 100),
        (101, 99, 100),
        (1000, 99, 990),
        (10, 99, 10),
    ],
)
def test_a_percentile_is_the_smallest_figure_that_so_many_do_not_exceed(
    count: int, percent: float, seen: float
) -> None:
    assert percentile([float(each) for each in range(1, count + 1)], percent) == seen


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_percentiles_that_there_are_not(percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile([1.0], percent)
    with pytest.raises(ValueError, match="percentile"):
        percentile([], 50)


def test_the_spread_is_that_of_figures_in_any_order() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(3, 2.0, 3.0, 3.0, 3.0)
    assert spread([]) is None


def test_only_the_measured_stretch_counts() -> None:
    samples = Samples()
    times = TurnTimes(1.0, 2.0, 3.0, 5.0)
    samples.turn(times, faults=2, cached=True)
    samples.checkpoint(7.0)
    assert (samples.warm_up, samples.turns, samples.faults, samples.cached) == (1, [], 0, 0)
    samples.measuring = True
    samples.turn(times, faults=1, cached=True)
    samples.checkpoint(8.0)
    parts = samples.parts(model_ms=[4.0], model_first_ms=[])
    assert {name: part.p50 for name, part in parts.items()} == {
        "first_piece_ms": 1.0,
        "last_piece_ms": 2.0,
        "commit_ms": 3.0,
        "turn_ms": 5.0,
        "checkpoint_ms": 8.0,
        "model_ms": 4.0,
    }
    assert (samples.warm_up, samples.faults, samples.cached) == (1, 1, 1)


def report(turns: int = 200) -> Report:
    return Report(
        calls=100,
        measured_turns=turns,
        warm_up_turns=40,
        messages="calls of 21 turns",
        seconds=10.0,
        cpu_s=1.0,
        dropped_lines=0,
        faults=0,
        cached=3,
        machine=Machine("a processor", 2, "3.11", "1.2"),
        load_before=(0.5, 0.25, 0.1),
        load_after=(1.0, 0.5, 0.2),
        services="embedded Postgres",
        parts={"turn_ms": Spread(turns, 4.0, 5.0, 9.5, 20.25)},
    )


def test_the_report_says_how_much_a_turn_costs() -> None:
    text = "\n".join(report().lines())
    assert "100 calls at once, 200 turns measured after 40 of warm-up" in text
    assert "4.00     5.00     9.50    20.25      200" in text
    assert "20.0 turns/s, 5.00 ms of processor a turn (10 % of one core)" in text
    assert "load before 0.50 0.25 0.10, after 1.00 0.50 0.20" in text
    plain = json.loads(json.dumps(report().to_json()))
    assert plain["turns_per_s"] == 20.0
    assert plain["cpu_ms_per_turn"] == 5.0
    assert plain["parts"]["turn_ms"]["p99"] == 9.5
    assert plain["machine"]["cores"] == 2


def test_a_report_without_turns_divides_by_nothing() -> None:
    assert report(0).cpu_ms_per_turn == 0.0


def test_the_talker_says_25_words_token_by_token() -> None:
    said = tokens(SENTENCES)
    assert len(said) == 25
    assert "".join(said) == SENTENCES
