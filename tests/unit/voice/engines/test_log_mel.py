"""Log-mel features: equal to those of Whisper's feature extractor, whatever the length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from voice.audio.frame import Sound
from voice.audio.log_mel import BANDS, FRAMES, SAMPLES, log_mel
from voice.ports import Pcm

BANDS_SEEN = [0, 5, 20, 40, 60, 79]
FRAMES_SEEN = [0, 648, 650, 700, 760, 799]
# What transformers.WhisperFeatureExtractor(chunk_length=8) makes of `hiss`, silence before it,
# do_normalize=True: 1.5 s of it, and 8.75 s.
OF_1500_MS = [
    [0.4175, 0.4175, 1.1460, 1.1544, 0.9823, 1.3174],
    [-0.1960, -0.1960, 0.4847, 1.1142, 0.9886, 1.1660],
    [-0.1960, -0.1960, 0.4919, 1.1302, 1.0976, 1.4331],
    [-0.1960, -0.1960, 0.3420, 1.1581, 1.1022, 1.1773],
    [-0.1960, -0.1960, 0.3085, 1.1371, 1.1273, 1.4171],
    [-0.1960, -0.1960, 0.3806, 1.0820, 1.0936, 1.3020],
]
OF_8750_MS = [
    [1.1653, 1.0908, 1.0513, 1.0193, 0.8964, 1.0668],
    [1.1868, 0.9962, 0.9478, 0.9962, 1.0249, 1.0460],
    [1.3578, 1.0738, 1.0075, 0.9960, 0.9127, 1.0709],
    [1.0765, 1.0394, 0.9926, 0.9162, 1.0925, 0.9723],
    [0.8830, 1.1044, 1.0586, 0.9741, 0.9919, 0.7797],
    [1.0291, 1.0439, 1.0591, 0.9961, 1.3819, 1.3310],
]


def hiss(samples: int) -> Pcm:
    """The same broad noise and rising tone everywhere: whole numbers make it."""
    at = np.arange(samples, dtype=np.int64)
    noise = (at * at * 7919 + at * 104729) % 65537 - 32768
    swell = noise * np.abs(np.sin(at / 3000)) / 8
    return (swell + 3000 * np.sin(at * at / 90000)).astype(np.int16)


@pytest.mark.parametrize(
    ("samples", "expected"), [(24_000, OF_1500_MS), (140_000, OF_8750_MS)], ids=["1.5 s", "8.75 s"]
)
def test_equals_the_feature_extractor_of_whisper(samples: int, expected: list[list[float]]) -> None:
    features = log_mel(Sound(hiss(samples), 16000))
    assert features.shape == (BANDS, FRAMES)
    assert features.dtype == np.float32
    assert np.allclose(features[np.ix_(BANDS_SEEN, FRAMES_SEEN)], expected, atol=1e-3)


@settings(max_examples=15)
@given(st.integers(0, SAMPLES + 2000))
def test_silence_before_a_short_sound_is_the_same_whoever_adds_it(samples: int) -> None:
    sound = hiss(samples)
    led_in = np.concatenate((np.zeros(SAMPLES, dtype=np.int16), sound))
    assert np.allclose(log_mel(Sound(sound, 16000)), log_mel(Sound(led_in, 16000)), atol=1e-5)


def test_digital_silence_has_features() -> None:
    features = log_mel(Sound(np.zeros(16000, dtype=np.int16), 16000))
    assert np.isfinite(features).all()
    assert np.ptp(features) == 0


def test_another_rate_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="16000 Hz, got 8000"):
        log_mel(Sound(hiss(800), 8000))
