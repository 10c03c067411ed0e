"""The bench of the graph, short: it runs on its own services and accounts for every turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench import graph_turns
from app.bench.graph_turns import Plan, bench_graph
from app.settings import load_settings

EVERY_PART = {
    "first_piece_ms",
    "last_piece_ms",
    "commit_ms",
    "turn_ms",
    "checkpoint_ms",
    "model_first_ms",
    "model_ms",
}


async def test_one_call_at_a_time(tmp_path: Path) -> None:
    plan = Plan(calls=1, turns=4, measured_calls=2, bare_turns=3)
    report = await bench_graph(load_settings(tmp_path / "none"), plan, own_services=True)
    assert set(report.parts) == EVERY_PART
    assert (report.measured_turns, report.warm_up_turns) == (8, 8)
    assert report.parts["turn_ms"].count == 8
    assert report.faults == report.dropped_lines == 0
    parts = report.parts
    assert parts["first_piece_ms"].top <= parts["turn_ms"].top
    assert report.cpu_s > 0


async def test_two_calls_at_the_pace_of_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_turns, "THINKING_S", (0.02, 0.05))
    monkeypatch.setattr(graph_turns, "SETTLE_S", 0.05)
    plan = Plan(calls=2, turns=3, seconds=0.5, bare_turns=3)
    report = await bench_graph(load_settings(tmp_path / "none"), plan, own_services=True)
    assert set(report.parts) == EVERY_PART
    assert report.measured_turns > 0
    assert report.faults == report.dropped_lines == 0
