"""Which size of Whisper keeps up: estimates from what was measured, and the advice from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor import hearing
from app.doctor.finding import State
from app.doctor.whisper_sizes import (
    SIZES,
    Timed,
    cost_of,
    estimated,
    largest_within,
    plain_size,
)
from app.settings import load_settings
from tests.bare_environment import unset_all
from voice.providers.stt_whisper.config import WhisperConfig
from voice.providers.stt_whisper.speed import Speed

CPU = WhisperConfig("base", device="cpu", compute_type="int8", threads=2)


def test_a_size_costs_more_than_the_smaller_ones_and_turbo_less_than_the_whole() -> None:
    costs = [cost_of(dimensions) for dimensions in SIZES.values()]
    assert costs == sorted(costs)
    assert cost_of(SIZES["large-v3-turbo"]) < cost_of(SIZES["large-v3"])


def test_what_was_measured_stays_and_the_rest_is_called_estimated() -> None:
    times = {one.size: one for one in estimated({"tiny": 80.0, "base": 200.0})}
    assert list(times) == list(SIZES)
    assert str(times["base"]) == "base 200 ms"
    assert not times["small"].is_measured
    assert str(times["small"]).endswith("(estimated)")
    rate = 200.0 / cost_of(SIZES["base"])
    assert times["medium"].milliseconds == pytest.approx(rate * cost_of(SIZES["medium"]))


def test_the_estimate_is_of_the_order_that_was_measured() -> None:
    # int8 on two cores: base 577 ms, small 1400 ms with its decoder 1650.
    small = next(one for one in estimated({"base": 650.0}) if one.size == "small")
    assert 1650 / 1.6 < small.milliseconds < 1650 * 1.6


def test_without_a_measurement_there_is_no_estimate() -> None:
    assert estimated({}) == []
    assert largest_within([], 500) is None


def test_the_largest_is_the_most_able_not_the_slowest() -> None:
    times = [
        Timed("small", 140, is_measured=True),
        Timed("medium", 300, is_measured=True),
        Timed("large-v3-turbo", 250, is_measured=False),
    ]
    best = largest_within(times, 400)
    assert best is not None
    assert best.size == "large-v3-turbo"


def test_a_size_is_known_by_its_name() -> None:
    assert plain_size("base.en") == plain_size("base") == "base"
    assert plain_size("turbo") == "large-v3-turbo"
    assert plain_size("/models/mine") is None


@pytest.mark.parametrize(
    ("base_ms", "state", "named"),
    [
        (20.0, State.OK, "within 150 ms is"),
        (160.0, State.WARN, "no size stays within 150 ms"),
        (2000.0, State.WARN, "no size keeps up here"),
    ],
)
def test_the_advice_names_both_limits_or_says_that_nothing_keeps_up(
    base_ms: float, state: State, named: str
) -> None:
    times = estimated({"tiny": base_ms * 0.95, "base": base_ms})
    found = hearing.advice(times, is_gpu=False)
    assert found.state is state
    assert named in found.what
    if base_ms == 2000.0:
        assert "STT_ENGINE=pocketsphinx" in found.remedy
        assert "GPU" in found.remedy
        assert "GPU" in hearing.advice(times, is_gpu=True).remedy


def test_a_model_that_is_too_slow_for_calls_is_warned_of() -> None:
    quick = hearing.model_found(CPU, Speed(0.5, 0.12, 0.04))
    assert quick.state is State.OK
    assert "decoded a turn of 3 s in 120 ms (cpu int8, 2 threads)" in quick.what
    slow = hearing.model_found(CPU, Speed(0.5, 2.2, 0.73))
    assert (slow.state, "WHISPER_MODEL" in slow.remedy) == (State.WARN, True)


def test_a_model_that_would_take_minutes_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_measured_sizes", lambda _: {"tiny": 4000.0})
    config = WhisperConfig("large-v3", device="cpu", compute_type="int8")
    found, _ = hearing.speed_of(config, Path("/nowhere"))
    assert [one.name for one in found] == ["Whisper speed", "Whisper sizes", "Whisper advice"]
    assert "was not tried" in found[0].what
    assert "(estimated)" in found[0].what


def test_sizes_are_measured_until_one_is_too_slow_or_time_is_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def measured(times: dict[str, float]) -> dict[str, float]:
        asked.clear()

        def measure(_: WhisperConfig, folder: Path) -> Speed:
            asked.append(folder.name)
            return Speed(0.1, times[folder.name] / 1000, 0.1)

        monkeypatch.setattr(hearing.shapes, "make_random", lambda folder, _: folder)
        monkeypatch.setattr(hearing, "measure", measure)
        return hearing._measured_sizes(CPU)

    assert list(measured({"tiny": 100, "base": 600})) == ["tiny", "base"]
    quick = {"tiny": 10.0, "base": 15.0, "small": 30.0, "medium": 60.0}
    assert measured(quick) == quick
    assert list(measured({"tiny": 400, "base": 499, "small": 501})) == ["tiny", "base", "small"]


def test_weights_that_are_not_here_are_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unset_all(monkeypatch)
    half = tmp_path / "half"
    half.mkdir()
    (half / "config.json").write_text("{}")
    for model, said, remedy in (
        ("base.en", "not here", "Run: parley doctor"),
        ("medum", "Did you mean medium", "parley models list"),
        (str(half), "lacks model.bin, tokenizer.json", "WHISPER_MODEL"),
    ):
        monkeypatch.setenv("WHISPER_MODEL", model)
        found = hearing.weights_found(load_settings(None), None, ())
        assert found.state is State.WARN
        assert said in found.what
        assert remedy in found.remedy
    assert hearing.weights_found(load_settings(None), half, ()).state is State.OK


@pytest.mark.parametrize(
    ("model", "base_ms", "remedy"),
    [
        ("medium", 300.0, "Set WHISPER_MODEL=base, then run: parley models pull base"),
        ("medium.en", 300.0, "Set WHISPER_MODEL=base.en, then run: parley models pull base.en"),
        ("base", 300.0, "Run: parley models pull base"),
        ("medium", 10.0, "Run: parley models pull medium"),
        ("distil-large-v3", 300.0, "Run: parley models pull distil-large-v3"),  # not measured
        ("medium", 9000.0, "Set STT_ENGINE=pocketsphinx"),
    ],
)
def test_the_weights_to_fetch_are_of_a_size_that_keeps_up(
    model: str, base_ms: float, remedy: str
) -> None:
    times = estimated({"tiny": base_ms * 0.6, "base": base_ms})
    assert hearing.fetching(model, times).startswith(remedy)


def test_weights_that_cannot_be_loaded_are_replaced() -> None:
    assert hearing._replace("base") == "Fetch it anew: parley models pull base --again"
    assert "WHISPER_MODEL" in hearing._replace("/models/mine")


def test_a_gpu_without_libraries_is_told_where_they_must_be_found() -> None:
    mend = hearing._mend(WhisperConfig("base", device="cuda", compute_type="float16"))
    assert "nvidia/cublas/lib:" in mend
    assert "docs/deploy.md" in mend
