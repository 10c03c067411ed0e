"""``parley doctor`` on hearing: what it measures of Whisper, and what it says to do."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.integration.doctor.scene import found
from voice.providers.stt_whisper import shapes


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that share a core with other tests wait for each other, and take it meanwhile."""
    monkeypatch.setenv("WHISPER_THREADS", "1")


@pytest.fixture
def _smallest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is time to measure one size; the larger ones are estimated."""
    monkeypatch.setattr("app.doctor.hearing.MEASURING_S", 0.0)


async def test_without_weights_sizes_are_measured_all_the_same(given: dict[str, str]) -> None:
    told = await found(exits=1, **given)
    assert told["Whisper"]["state"] == "warn"
    assert re.search(
        r"Set WHISPER_MODEL=(\S+), then run: parley models pull \1|models pull medium|pocketsphinx",
        told["Whisper"]["remedy"],
    )
    assert "tiny " in told["Whisper sizes"]["what"]
    assert "large-v3" in told["Whisper sizes"]["what"]
    assert "(estimated)" in told["Whisper sizes"]["what"]
    assert told["Whisper advice"]["state"] in {"ok", "warn"}
    told = await found("--quick", exits=1, STT_ENGINE="pocketsphinx", **given)
    assert "Whisper" not in told
    assert told["pocketsphinx"]["state"] in {"ok", "warn"}  # by how quick this machine is now


@pytest.mark.usefixtures("_smallest_alone")
async def test_a_gpu_that_is_not_there_is_told(given: dict[str, str]) -> None:
    if importlib.import_module("ctranslate2").get_cuda_device_count():
        pytest.skip("there is one here")
    told = await found(exits=1, WHISPER_DEVICE="cuda", **given)
    assert told["Whisper speed"]["state"] == "fail"
    assert "WHISPER_DEVICE=cpu" in told["Whisper speed"]["remedy"]


@pytest.mark.usefixtures("_smallest_alone")
async def test_a_model_whose_weights_are_here_is_loaded_and_timed(
    given: dict[str, str], tmp_path: Path
) -> None:
    model = str(shapes.make_random(tmp_path / "mine", "tiny"))
    told = await found(exits=1, WHISPER_MODEL=model, **given)
    assert told["Whisper"]["state"] == "ok"
    assert f"{model} loaded in" in told["Whisper speed"]["what"]
    (tmp_path / "mine" / "model.bin").write_bytes(b"no model")
    told = await found(exits=1, WHISPER_MODEL=model, **given)
    assert told["Whisper speed"]["state"] == "fail"
    assert "Set WHISPER_MODEL to a folder" in told["Whisper speed"]["remedy"]
    assert "(estimated)" in told["Whisper sizes"]["what"]  # the sizes are measured all the same
