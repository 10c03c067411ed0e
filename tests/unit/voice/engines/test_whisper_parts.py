"""What Whisper is given: sound, likely words, device; and where its weights are looked for."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from faster_whisper import utils

from core.errors import InvalidInputError
from core.speech import Expectation
from voice.audio.frame import silence
from voice.providers.stt_whisper import weights
from voice.providers.stt_whisper.config import WhisperConfig
from voice.providers.stt_whisper.engine import HOTWORD_CHARS, hot_words, settled, wide
from voice.providers.stt_whisper.shapes import SIZES, Script, make_random, make_scripted
from voice.providers.stt_whisper.vocabulary import LANGUAGE_CODES, distinct, make


def test_sound_is_widened_to_what_the_model_takes() -> None:
    tone = (16384 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)
    heard = wide(tone)
    assert heard.dtype == np.float32
    assert heard.size == 16000
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.fft.rfft(heard)).argmax() == 440, "one second: a line for each hertz"


def test_the_likeliest_words_come_first_and_once() -> None:
    expects = Expectation(
        phrases=("not interested", "tuesday"), likely=("tuesday",), names=("Ann",), places=("BN3",)
    )
    assert hot_words(expects) == "tuesday, BN3, Ann, not interested"
    assert hot_words(Expectation()) == ""


def test_likely_words_are_bounded() -> None:
    many = Expectation(phrases=tuple(f"phrase number {number}" for number in range(100)))
    assert HOTWORD_CHARS - 20 < len(hot_words(many)) <= HOTWORD_CHARS


def test_what_is_set_is_not_decided_again() -> None:
    assert settled(WhisperConfig(device="cpu")) == ("cpu", "int8")
    assert settled(WhisperConfig(device="cuda")) == ("cuda", "float16")
    assert settled(WhisperConfig(device="cpu", compute_type="float32")) == ("cpu", "float32")


def test_cores_are_shared_out() -> None:
    assert WhisperConfig(threads=3, workers=2).threads_each() == 3
    assert WhisperConfig(workers=1000).threads_each() == 1


def test_a_model_is_named_by_its_size_or_folder() -> None:
    assert WhisperConfig(model="small.en").name == "faster-whisper/small.en"
    assert WhisperConfig(model="/models/mine/").name == "faster-whisper/mine"


def test_the_repositories_are_those_of_the_engine() -> None:
    known = {name: weights.repository_of(name) for name in utils.available_models()}
    assert known == utils._MODELS


def whole(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("x")
    return folder


def test_weights_are_found_in_the_models_folder(tmp_path: Path) -> None:
    config = WhisperConfig(model="turbo", models_dir=tmp_path)
    assert weights.find(config) is None
    folder = whole(tmp_path / "large-v3-turbo")
    assert weights.find(config) == folder
    (folder / "vocabulary.txt").write_text("")
    assert weights.missing_from(folder) == ("vocabulary.json or vocabulary.txt",)
    assert weights.find(config) is None


def test_weights_are_found_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    folder = whole(tmp_path / "mine")
    assert weights.find(WhisperConfig(model=str(folder))) == folder
    assert weights.find(WhisperConfig(model=str(tmp_path / "other"))) is None


def test_weights_are_found_in_the_cache_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = whole(tmp_path / "snapshots" / "d90ca5")
    asked: list[tuple[str, str]] = []

    def cached(repository: str, name: str) -> str:
        asked.append((repository, name))
        return str(folder / name)

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", cached)
    config = WhisperConfig(model="medium", models_dir=tmp_path / "none")
    assert weights.find(config) == folder
    assert asked == [("Systran/faster-whisper-medium", "model.bin")]


def test_an_unknown_size_is_refused_with_suggestions() -> None:
    with pytest.raises(InvalidInputError, match=r"Did you mean small or small\.en"):
        weights.repository_of("smal")
    with pytest.raises(InvalidInputError, match=r"There is no model xyz\. 'parley"):
        weights.repository_of("xyz")


def test_words_said_twice_are_joined_with_their_neighbours() -> None:
    assert distinct(["yes", "yes"]) == [" yes yes"]
    assert distinct(["no", "no", "please"]) == [" no", " no please"]
    assert distinct(["a", "b", "a"]) == [" a", " b a"]


def test_the_vocabulary_is_of_whispers_size_and_order() -> None:
    many, english = make((), multilingual=True), make((), multilingual=False)
    assert (len(many.tokens), len(english.tokens)) == (51865, 51864)
    assert (many.at("<|endoftext|>"), many.at("<|notimestamps|>")) == (50257, 50363)
    assert many.at("<|0.00|>") == 50364
    assert len(LANGUAGE_CODES) == 99
    assert english.at("<|endoftext|>") == 50256


@pytest.mark.parametrize(
    "script", [Script(" ".join(map(str, range(80)))), Script("Yes.", language="xx")]
)
def test_a_script_that_cannot_be_made_is_refused(tmp_path: Path, script: Script) -> None:
    with pytest.raises(InvalidInputError):
        make_scripted(tmp_path, script)


def test_a_size_that_has_no_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="tiny, base, small, medium"):
        make_random(tmp_path, "huge")
    assert [shape.width for shape in SIZES.values()] == [384, 512, 768, 1024]


def test_silence_stays_silent() -> None:
    assert not wide(silence(100)).any()
