"""Who hears: Whisper where its weights are, else pocketsphinx, else nobody."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.ears import ears, models_dir, whisper_config
from app.settings import Settings, load_settings
from core.errors import ProviderError
from core.speech import Expectation
from tests.bare_environment import unset_all
from tests.integration.whisper.conftest import SAID
from voice.providers.stt_whisper.speed import babble

HAS_POCKETSPHINX = importlib.util.find_spec("pocketsphinx") is not None


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unset_all(monkeypatch)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings(None)


async def test_whisper_hears_where_its_weights_are(
    monkeypatch: pytest.MonkeyPatch, whisper_folder: Path
) -> None:
    chosen = settings(
        monkeypatch, WHISPER_MODEL="small.en", WHISPER_DEVICE="cpu", STT_TIMEOUT_MS="30000"
    )
    shutil.copytree(whisper_folder, models_dir(chosen) / "small.en")
    found = ears(chosen)
    try:
        assert (found.transcriber.name, found.note) == ("faster-whisper/small.en", "")
        heard = await found.transcriber.transcribe(babble(1.0), Expectation())
        assert heard.text == SAID
    finally:
        found.transcriber.close()


@pytest.mark.skipif(not HAS_POCKETSPHINX, reason="pocketsphinx has no wheel for this Python")
def test_without_weights_pocketsphinx_hears_and_the_command_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = ears(settings(monkeypatch))
    found.transcriber.close()
    assert found.transcriber.name == "pocketsphinx/en-us"
    assert "parley models pull medium" in found.note


@pytest.mark.skipif(not HAS_POCKETSPHINX, reason="pocketsphinx has no wheel for this Python")
@pytest.mark.parametrize(
    ("model", "says"),
    [("medum", "Did you mean medium"), ("{folder}", "lacks model.bin")],
)
def test_a_model_that_is_set_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, says: str
) -> None:
    found = ears(settings(monkeypatch, WHISPER_MODEL=model.format(folder=tmp_path)))
    found.transcriber.close()
    assert says in found.note


@pytest.mark.skipif(not HAS_POCKETSPHINX, reason="pocketsphinx has no wheel for this Python")
def test_pocketsphinx_hears_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ears(settings(monkeypatch, STT_ENGINE="pocketsphinx"))
    found.transcriber.close()
    assert (found.transcriber.name, found.note) == ("pocketsphinx/en-us", "")


@pytest.mark.skipif(not HAS_POCKETSPHINX, reason="pocketsphinx has no wheel for this Python")
def test_a_whisper_that_does_not_load_leaves_hearing_to_pocketsphinx(
    monkeypatch: pytest.MonkeyPatch, whisper_folder: Path
) -> None:
    chosen = settings(monkeypatch, WHISPER_MODEL="small.en", WHISPER_DEVICE="cpu")
    broken = models_dir(chosen) / "small.en"
    shutil.copytree(whisper_folder, broken)
    (broken / "model.bin").write_bytes(b"half a download")
    hearing = ears(chosen).transcriber
    try:
        with capture_logs() as told:
            hearing.warm_up()
        hearing.check()  # ready
        assert hearing.name == "pocketsphinx/en-us"
        (line,) = told
        assert line["event"] == "whisper does not load, pocketsphinx hears"
        assert "WHISPER_MODEL" in line["remedy"]
    finally:
        hearing.close()


def test_nobody_stands_in_once_the_server_ends(
    monkeypatch: pytest.MonkeyPatch, whisper_folder: Path
) -> None:
    chosen = settings(monkeypatch, WHISPER_MODEL="small.en", WHISPER_DEVICE="cpu")
    shutil.copytree(whisper_folder, models_dir(chosen) / "small.en")
    hearing = ears(chosen).transcriber
    hearing.close()
    with capture_logs() as told, pytest.raises(ProviderError, match="closed"):
        hearing.warm_up()
    assert told == []


@pytest.mark.parametrize(("part", "is_told"), [(0.5, False), (0.0, True)])
def test_a_whisper_that_is_slow_here_is_told(
    monkeypatch: pytest.MonkeyPatch, whisper_folder: Path, *, part: float, is_told: bool
) -> None:
    chosen = settings(
        monkeypatch, WHISPER_MODEL="small.en", WHISPER_DEVICE="cpu", STT_TIMEOUT_MS="60000"
    )
    shutil.copytree(whisper_folder, models_dir(chosen) / "small.en")
    monkeypatch.setattr("app.ears.SLOW_PART", part)
    hearing = ears(chosen).transcriber
    try:
        with capture_logs() as told:
            hearing.warm_up()
        assert [line["event"] for line in told] == ["whisper is slow on this machine"] * is_told
        assert all("parley doctor" in line["remedy"] for line in told)
    finally:
        hearing.close()


def test_where_nobody_can_hear_the_start_fails_with_both_remedies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.ears.PocketsphinxTranscriber", _absent)
    with pytest.raises(ProviderError, match=r"nobody can hear.*models pull medium.*no wheel"):
        ears(settings(monkeypatch))


def _absent(**given: object) -> None:
    raise ProviderError("pocketsphinx", "no wheel", retryable=False)


def test_the_settings_reach_whisper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = whisper_config(
        settings(
            monkeypatch,
            WHISPER_LANGUAGE="auto",
            WHISPER_WORKERS="3",
            WHISPER_THREADS="2",
            WHISPER_BEAM_SIZE="4",
            WHISPER_COMPUTE_TYPE="float32",
            STT_TIMEOUT_MS="2500",
        )
    )
    assert (config.language, config.workers, config.threads_each()) == (None, 3, 2)
    assert (config.beam_size, config.compute_type, config.timeout_s) == (4, "float32", 2.5)
    assert config.models_dir == tmp_path / "models" / "whisper"
