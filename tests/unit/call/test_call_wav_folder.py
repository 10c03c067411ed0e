"""The user's own recordings: all common forms are read, bad ones are named with the reason."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from app.call.wav_folder import WavCaller, read_folder, read_wav
from core.errors import InvalidInputError


def write(
    path: Path,
    rate: int = 8000,
    channels: int = 1,
    width: int = 2,
    seconds: float = 0.5,
    hz: float = 440,
) -> Path:
    time = np.arange(int(rate * seconds)) / rate
    sound = (8000 * np.sin(2 * np.pi * hz * time)).astype("<i2")
    samples = np.repeat(sound, channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes() if width == 2 else samples.astype(np.uint8).tobytes())
    return path


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_becomes_the_lines(tmp_path: Path, rate: int, channels: int) -> None:
    audio = read_wav(write(tmp_path / "a.wav", rate=rate, channels=channels))
    assert abs(len(audio) - 4000) <= 1
    middle = audio[500:3500].astype(float)
    expected = 8000 * np.sin(2 * np.pi * 440 * np.arange(500, 3500) / 8000)
    assert np.abs(middle - expected).max() < 80  # -40 dB


def test_what_a_phone_cannot_carry_is_gone(tmp_path: Path) -> None:
    audio = read_wav(write(tmp_path / "a.wav", rate=48000, hz=6000))
    assert np.abs(audio[500:-500]).max() < 16  # -54 dB: no alias at 2 kHz


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rate": 4000}, "has 4000 Hz"),
        ({"rate": 96000}, "has 96000 Hz"),
        ({"channels": 3}, "has 3 channels"),
        ({"width": 1}, "has 8 bits a sample"),
        ({"seconds": 0}, "holds no sound"),
        ({"seconds": 121}, "is 121 s long"),
    ],
)
def test_a_wav_that_does_not_fit(tmp_path: Path, change: dict[str, int], reason: str) -> None:
    path = write(tmp_path / "odd.wav", **change)
    with pytest.raises(InvalidInputError, match=r"odd\.wav") as caught:
        read_wav(path)
    assert reason in str(caught.value)


def test_broken_files(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("this is no sound")
    cut = write(tmp_path / "cut.wav")
    cut.write_bytes(cut.read_bytes()[:-1000])
    empty = tmp_path / "void.wav"
    empty.touch()
    with pytest.raises(InvalidInputError) as caught:
        read_folder(tmp_path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["cut.wav", "text.wav", "void.wav"]
    assert "is cut off: 3500 of 4000" in lines[0]
    assert "cannot be read as WAV" in lines[1]


def test_no_folder_and_no_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is not a folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(InvalidInputError, match=r"holds no \.wav files"):
        read_folder(tmp_path)


def test_recordings_are_played_in_turn(tmp_path: Path) -> None:
    for name in ("2-then.wav", "1-first.WAV", "3-last.wav"):
        write(tmp_path / name)
    caller = WavCaller(read_folder(tmp_path))
    assert caller.interruption("Hello?") is None
    assert caller.answer("Hello?").text == "1-first"
    assert caller.answer("Well?").text == "2-then"
    assert caller.nobody_there().text == "3-last"
    assert caller.answer("And?").silent
    assert caller.nobody_there().hang_up
    assert caller.agreed is None
    assert caller.patience_s > 0
