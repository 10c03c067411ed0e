"""The real faster-whisper on a model made from nothing: text, certainty, language, trouble."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from core.errors import ProviderError
from core.speech import AnswerKind, Expectation
from tests.integration.whisper.conftest import SAID
from voice.ports import Pcm
from voice.providers.stt_whisper import WhisperConfig, WhisperTranscriber, shapes
from voice.providers.stt_whisper.engine import Engine
from voice.providers.stt_whisper.shapes import Script
from voice.providers.stt_whisper.speed import babble, measure

OPEN = Expectation()
CPU = WhisperConfig(model="medium", device="cpu", threads=1, timeout_s=30.0)
SPEECH: Pcm = babble(2.0)


def engine(folder: Path, script: Script, language: str | None = "en") -> Engine:
    shapes.make_scripted(folder, script)
    return Engine(folder, WhisperConfig(device="cpu", threads=1, language=language))


async def test_written_text_comes_out_as_the_engine_writes_it(whisper: WhisperTranscriber) -> None:
    transcript = await whisper.transcribe(SPEECH, OPEN)
    assert transcript.text == SAID
    assert transcript.confidence == pytest.approx(1.0, abs=0.01)
    assert transcript.engine == whisper.name == "faster-whisper/medium"
    assert transcript.audio_ms == 2000
    assert (transcript.language, transcript.language_probability) == ("en", 1.0)


async def test_what_the_agent_expects_is_told_to_the_engine(whisper: WhisperTranscriber) -> None:
    expects = Expectation(
        frozenset({AnswerKind.NAME, AnswerKind.POSTCODE}),
        phrases=tuple(f"i already have agent number {number}" for number in range(200)),
        likely=("tuesday at half past ten",),
        names=("Siobhan",),
        places=("BN3",),
    )
    transcript = await whisper.transcribe(SPEECH, expects)
    assert transcript.text == SAID, "the likely words are no part of what was said"


async def test_a_click_holds_no_word(whisper: WhisperTranscriber) -> None:
    transcript = await whisper.transcribe(np.full(500, 9000, dtype=np.int16), OPEN)
    assert (transcript.text, transcript.confidence) == ("", 0.0)


def test_a_long_turn_is_heard_to_its_end(whisper_folder: Path) -> None:
    heard = Engine(whisper_folder, CPU).hear(babble(45.0), OPEN)
    assert heard.text == f"{SAID} {SAID}", "two windows of 30 s"


@pytest.mark.parametrize(
    ("log_probability", "confidence"), [(-0.5, 1.0), (-1.75, 0.5), (-2.75, 0.1)]
)
def test_certainty_follows_the_probability_of_the_words(
    tmp_path: Path, log_probability: float, confidence: float
) -> None:
    heard = engine(tmp_path, Script("Yes please.", log_probability)).hear(SPEECH, OPEN)
    assert heard.text == "Yes please."
    assert heard.confidence == pytest.approx(confidence, abs=0.02)


def test_what_may_be_silence_is_less_sure(tmp_path: Path) -> None:
    script = Script("Yes please.", no_speech_probability=0.4)
    heard = engine(tmp_path, script).hear(SPEECH, OPEN)
    assert heard.confidence == pytest.approx(0.6, abs=0.02)


def test_what_silence_is_taken_for_is_nothing(tmp_path: Path) -> None:
    script = Script("Thank you for watching.", -1.5, no_speech_probability=0.9)
    heard = engine(tmp_path, script).hear(SPEECH, OPEN)
    assert (heard.text, heard.confidence) == ("", 0.0)


@pytest.mark.parametrize("language", ["de", "cy"])
def test_the_language_is_detected_where_none_is_set(tmp_path: Path, language: str) -> None:
    script = Script("Ja, gern.", language=language, language_probability=0.7)
    heard = engine(tmp_path, script, language=None).hear(SPEECH, OPEN)
    assert heard.language == language
    assert heard.language_probability == pytest.approx(0.7, abs=0.02)
    assert heard.text == "Ja, gern."


def test_an_english_model_hears_english(tmp_path: Path) -> None:
    heard = engine(tmp_path, Script("Yes.", multilingual=False), language=None).hear(SPEECH, OPEN)
    assert (heard.text, heard.language, heard.language_probability) == ("Yes.", "en", 1.0)


async def test_a_worker_killed_in_a_decode_fails_that_decode_alone(
    tmp_path: Path, whisper_folder: Path
) -> None:
    transcriber = WhisperTranscriber(CPU, whisper_folder)
    try:
        await asyncio.to_thread(transcriber.warm_up)
        [worker] = transcriber.process_ids
        async with asyncio.TaskGroup() as group:
            decode = group.create_task(failed(transcriber, babble(600.0)))  # twenty windows
            await asyncio.sleep(0.1)
            os.kill(worker, signal.SIGKILL)
        assert decode.result().retryable
        assert "died" in str(decode.result())
        assert (await transcriber.transcribe(SPEECH, OPEN)).text == SAID
        assert transcriber.process_ids != (worker,)
    finally:
        transcriber.close()
    assert transcriber.process_ids == ()


async def failed(transcriber: WhisperTranscriber, audio: Pcm) -> ProviderError:
    """The failure that a decode comes to."""
    with pytest.raises(ProviderError) as caught:
        await transcriber.transcribe(audio, OPEN)
    return caught.value


async def test_a_model_that_is_not_whole_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.bin").touch()
    with pytest.raises(ProviderError, match=r"model\.bin, no tokenizer\.json, no voc") as caught:
        WhisperTranscriber(CPU, tmp_path)
    assert not caught.value.retryable


def test_a_model_that_is_broken_says_so(tmp_path: Path, whisper_folder: Path) -> None:
    for file in whisper_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:2000])
    transcriber = WhisperTranscriber(CPU, tmp_path)
    try:
        with pytest.raises(ProviderError, match="faster-whisper: "):
            transcriber.warm_up()
    finally:
        transcriber.close()


def test_the_speed_of_a_model_of_true_size_is_measured(tmp_path: Path) -> None:
    folder = shapes.make_random(tmp_path, "tiny")
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert 70e6 < size < 85e6, "as the published one: 75 MB"
    speed = measure(WhisperConfig(model="tiny", device="cpu"), folder, speech_s=1.0, repeats=1)
    assert speed.load_s > 0
    assert speed.real_time_factor == pytest.approx(speed.decode_s)


def test_a_model_that_cannot_be_measured_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"model\.bin"):
        measure(WhisperConfig(device="cpu"), tmp_path)
