"""The turn model: its answers where the weights are installed, its queue and errors everywhere."""

import asyncio
import json
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BusyError, ProviderError
from voice.audio.frame import Sound, silence
from voice.audio.resample import resample
from voice.ports import LINE_HZ, Pcm
from voice.providers.tts_espeak import speak
from voice.providers.turn_smart import MOST_WAITING, NAME, SmartTurn, packaged_model

ROOT = next(path for path in Path(__file__).parents if (path / "pyproject.toml").is_file())
RECORDINGS = ROOT.parent / "shared" / "speech"
PATIENT_S = 60.0  # on a machine that does much else


def _weights() -> Path | None:
    try:
        return packaged_model()
    except ProviderError:
        return None


needs_weights = pytest.mark.skipif(
    _weights() is None, reason="the pipecat-ai wheel (extra [turn]) is not installed"
)


@pytest.fixture(scope="module")
def model() -> Iterator[SmartTurn]:
    smart = SmartTurn(timeout_s=PATIENT_S)
    smart.warm_up()
    yield smart
    smart.close()


def said(text: str) -> Pcm:
    return np.concatenate((speak(text, "en-us", 150), silence(96)))


def test_says_how_to_get_the_weights() -> None:
    with pytest.raises(ProviderError, match="pip install") as failed:
        SmartTurn(find=lambda _: None)
    assert not failed.value.retryable


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    smart = SmartTurn(tmp_path / "broken.onnx")
    with pytest.raises(ProviderError, match=r"broken\.onnx cannot be loaded"):
        smart.warm_up()
    smart.close()


@needs_weights
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no speech recordings in {RECORDINGS}")
async def test_the_end_of_a_sentence_is_told_from_a_pause_inside(model: SmartTurn) -> None:
    entry = next(
        each
        for each in json.loads((RECORDINGS / "manifest.json").read_text())["files"]
        if each["file"] == "utterances/arctic_a0024.wav"
    )
    with wave.open(str(RECORDINGS / entry["file"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        sound = resample(Sound(samples.copy(), file.getframerate()))
    begin, end = (round(entry[at] * LINE_HZ) for at in ("speech_start_s", "speech_end_s"))
    whole, most = sound.samples[:end], sound.samples[: begin + (end - begin) * 7 // 10]
    inside = await model.completeness(np.concatenate((most, silence(96))))
    at_end = await model.completeness(np.concatenate((whole, silence(96))))
    assert 0 <= inside < 0.5 < at_end <= 1
    assert model.name == NAME


@needs_weights
async def test_only_the_last_eight_seconds_count(model: SmartTurn) -> None:
    tail = np.concatenate((silence(5000), said("Yes, that is right."), silence(5000)))[-64000:]
    before = said("Something else entirely.")
    alone = await model.completeness(tail)
    assert await model.completeness(np.concatenate((before, tail))) == pytest.approx(alone)


@needs_weights
async def test_when_too_many_wait_the_oldest_is_told_so() -> None:
    smart = SmartTurn(timeout_s=PATIENT_S)
    gate = threading.Event()
    smart._thread.submit(gate.wait, 10)  # its thread is at work until the gate opens
    outcomes: dict[int, float | ProviderError] = {}

    async def ask(number: int) -> None:
        try:
            outcomes[number] = await smart.completeness(silence(200))
        except ProviderError as error:
            outcomes[number] = error

    async with asyncio.TaskGroup() as callers:
        for number in range(MOST_WAITING + 2):
            callers.create_task(ask(number))
            await asyncio.sleep(0)
        gate.set()
    smart.close()
    refused = [number for number, out in sorted(outcomes.items()) if isinstance(out, BusyError)]
    assert refused == [0, 1]
    assert sum(isinstance(out, float) for out in outcomes.values()) == MOST_WAITING


@needs_weights
async def test_a_question_taken_back_leaves_no_trace(model: SmartTurn) -> None:
    asked = [asyncio.ensure_future(model.completeness(silence(200))) for _ in range(4)]
    await asyncio.sleep(0)
    for question in asked:
        question.cancel()
    await asyncio.wait(asked)
    assert all(question.cancelled() for question in asked)
    assert 0 <= await model.completeness(silence(200)) <= 1


@needs_weights
async def test_once_closed_it_says_so() -> None:
    smart = SmartTurn(timeout_s=PATIENT_S)
    smart.close()
    smart.close()
    with pytest.raises(ProviderError, match="closed"):
        await smart.completeness(silence(200))


def test_pipecat_is_not_imported_to_find_its_file() -> None:
    _weights()
    assert "pipecat" not in sys.modules
