"""A call on disk: both sides in step, whole at the end, valid after a crash, never in the way."""

from __future__ import annotations

import asyncio
import shutil
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from structlog.testing import capture_logs

from tests.virtual_time import virtual_time
from voice.recording import Recording


def _tone(samples: int, level: int) -> NDArray[np.int16]:
    return np.full(samples, level, dtype=np.int16)


def _read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples.reshape(-1, 2)


@virtual_time
async def test_both_sides_lie_on_the_calls_time_line(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "call.wav"
    async with Recording(path) as recording:
        for frame in range(500):  # ten seconds
            recording.caller(frame * 20, _tone(160, 1000))
            if 100 <= frame < 200:
                recording.agent(frame * 20, _tone(160, -2000))
            await asyncio.sleep(0.02)
    samples = _read(path)
    assert len(samples) == 80_000
    assert (samples[:, 0] == 1000).all()
    assert (samples[16_000:32_000, 1] == -2000).all()
    assert (samples[:16_000, 1] == 0).all()
    assert (samples[32_000:, 1] == 0).all()
    assert path.stat().st_mode & 0o077 == 0


@virtual_time
async def test_a_file_left_by_a_crash_is_a_valid_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    async with Recording(path) as recording:
        for frame in range(250):
            recording.caller(frame * 20, _tone(160, 7))
            await asyncio.sleep(0.02)
        shutil.copy(path, tmp_path / "crash.wav")
    assert len(_read(tmp_path / "crash.wav")) >= 2 * 8000 - 8000
    assert len(_read(path)) == 40_000


@virtual_time
async def test_sound_that_comes_too_late_is_cut_not_misplaced(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    async with Recording(path) as recording:
        recording.caller(0, _tone(80_000, 5))
        await asyncio.sleep(2.1)
        recording.agent(8_900, _tone(1600, 9))  # its first 100 ms are on disk already
    samples = _read(path)
    assert (samples[72_000:72_800, 1] == 9).all()
    assert (samples[:72_000, 1] == 0).all()


@virtual_time
async def test_a_disk_that_fails_ends_the_recording_not_the_call() -> None:
    with capture_logs() as logs:
        async with Recording(Path("/dev/full")) as recording:
            for second in range(10):
                recording.caller(second * 1000, _tone(8000, 5))
                await asyncio.sleep(1)
    assert [(each["event"], each.get("why")) for each in logs] == [
        ("recording stopped", "No space left on device")
    ]
