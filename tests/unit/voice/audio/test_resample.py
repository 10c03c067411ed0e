"""The resampler: gain, aliases, length, and independence of how a stream was cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from voice.audio.frame import Sound
from voice.audio.resample import RATES_HZ, FrameResampler, Resampler, resample
from voice.ports import Pcm

PAIRS = [(a, b) for a in RATES_HZ for b in RATES_HZ if a != b]
TO_LINE = [(rate, 8000) for rate in RATES_HZ if rate != 8000]
AMPLITUDE = 10_000


def tone(frequency_hz: float, rate_hz: int, seconds: float = 0.5) -> Pcm:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    wave: Pcm = np.rint(AMPLITUDE * np.sin(2 * np.pi * frequency_hz * at)).astype(np.int16)
    return wave


def gain_db(frequency_hz: float, from_hz: int, to_hz: int) -> float:
    out = resample(Sound(tone(frequency_hz, from_hz), from_hz), to_hz).samples.astype(float)
    middle = out[out.size // 4 : -out.size // 4]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) / (AMPLITUDE / np.sqrt(2)) + 1e-9))


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_speech_passes_unchanged(from_hz: int, to_hz: int) -> None:
    for frequency in (200, 1000, 3000, 3400):
        assert abs(gain_db(frequency, from_hz, to_hz)) < 0.1


@pytest.mark.parametrize(("from_hz", "to_hz"), TO_LINE)
def test_what_would_fold_back_is_rejected(from_hz: int, to_hz: int) -> None:
    for frequency in (4500, 5000, 6500, 7500):
        assert gain_db(frequency, from_hz, to_hz) < -55


def test_images_are_rejected_on_the_way_up() -> None:
    out = resample(Sound(tone(1000, 8000), 8000), 16000).samples.astype(float)
    power = np.abs(np.fft.rfft(out * np.hanning(out.size))) ** 2
    frequency = np.fft.rfftfreq(out.size, 1 / 16000)
    assert power[frequency > 4500].max() < power.max() * 10**-5.5


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_twenty_milliseconds_in_are_twenty_out(from_hz: int, to_hz: int) -> None:
    frames = FrameResampler(from_hz, to_hz)
    assert frames.push(np.zeros(from_hz // 50, dtype=np.int16)).size == to_hz // 50


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="441"):
        FrameResampler(22050, 8000).push(np.zeros(440, dtype=np.int16))


def test_an_unknown_rate_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="11025"):
        Resampler(11025, 8000)


def test_the_tail_is_not_lost() -> None:
    click = np.zeros(441, dtype=np.int16)
    click[-20:] = AMPLITUDE
    out = resample(Sound(click, 22050)).samples
    assert out.size == 160
    assert np.abs(out[-4:].astype(int)).max() > AMPLITUDE // 2


def test_an_utterance_leaves_nothing_for_the_next() -> None:
    stream = Resampler(22050, 8000)
    first = np.concatenate((stream.push(tone(440, 22050)), stream.flush()))
    second = np.concatenate((stream.push(tone(440, 22050)), stream.flush()))
    assert np.array_equal(first, second)


def test_time_stays_aligned() -> None:
    click = np.zeros(2205, dtype=np.int16)
    click[1100:1106] = AMPLITUDE
    out = resample(Sound(click, 22050)).samples.astype(int)
    assert abs(int(np.abs(out).argmax()) - 1103 * 8000 / 22050) <= 1


@given(st.lists(st.integers(0, 1500), max_size=12), st.sampled_from(PAIRS))
def test_samples_do_not_depend_on_the_chunks(sizes: list[int], pair: tuple[int, int]) -> None:
    audio = np.random.default_rng(len(sizes)).integers(-9000, 9000, sum(sizes)).astype(np.int16)
    stream = Resampler(*pair)
    parts, at = [], 0
    for size in sizes:
        parts.append(stream.push(audio[at : at + size]))
        at += size
    parts.append(stream.flush())
    whole = resample(Sound(audio, pair[0]), pair[1]).samples
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole.size == round(audio.size * pair[1] / pair[0])
