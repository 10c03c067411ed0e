"""Frames, sounds and levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.audio.frame import FRAME_SAMPLES, Sound, frames, samples_ms, silence
from voice.audio.loudness import (
    SILENT_DBFS,
    level_dbfs,
    normalised,
    speech_dbfs,
    with_noise_floor,
)
from voice.audio.widen import WIDE_HZ, widened


@given(st.integers(0, 1000))
def test_frames_hold_everything_and_fill_the_last_with_silence(size: int) -> None:
    audio = np.arange(1, size + 1).astype(np.int16)
    parts = list(frames(audio))
    assert all(part.size == FRAME_SAMPLES for part in parts)
    assert len(parts) == -(-size // FRAME_SAMPLES)
    if parts:
        joined = np.concatenate(parts)
        assert np.array_equal(joined[:size], audio)
        assert not joined[size:].any()


def test_a_sound_knows_its_length_and_refuses_what_is_no_sound() -> None:
    assert Sound(silence(250, 22050), 22050).duration_ms == pytest.approx(250, abs=0.1)
    assert samples_ms(160) == 20
    with pytest.raises(ValueError, match="int16"):
        Sound(np.zeros(4), 8000)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(ValueError, match="positive"):
        Sound(silence(10), 0)


def test_levels() -> None:
    square = np.tile(np.array([16384, -16384], dtype=np.int16), 4000)
    assert level_dbfs(square) == pytest.approx(-6.02, abs=0.01)
    assert level_dbfs(silence(100)) == level_dbfs(silence(0)) == SILENT_DBFS
    half = np.concatenate((square, silence(1000)))
    assert level_dbfs(half) == pytest.approx(-9.03, abs=0.01)
    assert speech_dbfs(half) == pytest.approx(-6.02, abs=0.1)
    assert speech_dbfs(square[:10]) == pytest.approx(-6.02, abs=0.01)


def test_normalising_sets_the_level_but_never_clips() -> None:
    soft = np.tile(np.array([300, -300], dtype=np.int16), 4000)
    assert speech_dbfs(normalised(soft, -20)) == pytest.approx(-20, abs=0.2)
    assert speech_dbfs(normalised(soft, -20, most_db=6)) == pytest.approx(-34.7, abs=0.2)
    peaky = soft.copy()
    peaky[100] = 20000
    assert np.abs(normalised(peaky, -3).astype(int)).max() <= 32767
    assert np.array_equal(normalised(silence(100), -20), silence(100))


def test_the_noise_floor_repeats_with_its_seed() -> None:
    first = with_noise_floor(silence(1000), -50, seed=3)
    assert np.array_equal(first, with_noise_floor(silence(1000), -50, seed=3))
    assert not np.array_equal(first, with_noise_floor(silence(1000), -50, seed=4))
    assert level_dbfs(first) == pytest.approx(-50, abs=0.3)


def test_widening_fills_the_upper_band_where_the_lower_hisses() -> None:
    random = np.random.default_rng(5)
    hiss = (random.standard_normal(8000) * 1500).astype(np.int16)
    hum = (8000 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype(np.int16)

    def upper_share(audio: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
        wide = widened(audio).astype(float)
        power = np.abs(np.fft.rfft(wide)) ** 2
        high = np.fft.rfftfreq(wide.size, 1 / WIDE_HZ) > 4200
        return float(power[high].sum() / power.sum())

    assert upper_share(hiss) > 20 * upper_share(hum)
    assert widened(hum).size == 2 * hum.size
    assert np.array_equal(widened(hiss), widened(hiss))


def test_widening_takes_silence_and_the_shortest_sound() -> None:
    assert widened(silence(500)).size == 8000
    assert widened(silence(1)).size == 16
