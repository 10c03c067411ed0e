"""Our own sound is told from others: late, quieter, coloured, or under another's speech."""

from __future__ import annotations

import numpy as np
import pytest

from voice.audio import g711
from voice.echo import ECHO_SHARE, echo_share
from voice.ports import LINE_HZ, Pcm

HEARD = 320 * LINE_HZ // 1000  # samples that are compared
PLAYED = LINE_HZ  # samples of reference


def voice(seed: int, size: int = PLAYED) -> Pcm:
    """Something like speech: noise in a band, that swells and falls three times a second."""
    chance = np.random.default_rng(seed)
    noise = np.convolve(chance.standard_normal(size + 31), np.hanning(32), "valid")
    swell = 1 + np.sin(np.arange(size) * 2 * np.pi * 3 / LINE_HZ + seed)
    sound: Pcm = (noise * swell * 1000).astype(np.int16)
    return sound


def returned(reference: Pcm, delay_ms: int, gain: float) -> Pcm:
    """The last stretch of what comes back of ``reference``, through mu-law."""
    end = reference.size - delay_ms * LINE_HZ // 1000
    coloured = np.convolve(reference[:end], [1.0, -0.6, 0.2], "same") * gain
    return g711.decode(g711.encode(coloured[-HEARD:].astype(np.int16)))


@pytest.mark.parametrize("delay_ms", [0, 40, 250, 500, 600])
@pytest.mark.parametrize("gain", [0.5, 0.1])
def test_an_echo_is_ours_whatever_its_delay(delay_ms: int, gain: float) -> None:
    assert echo_share(returned(voice(1), delay_ms, gain), voice(1)) > 0.9


def test_another_voice_is_not_ours() -> None:
    shares = [echo_share(voice(seed)[-HEARD:], voice(seed + 50)) for seed in range(10)]
    assert max(shares) < ECHO_SHARE


def test_a_caller_over_our_echo_is_not_ours() -> None:
    both = (returned(voice(1), 120, 0.25) + voice(9)[-HEARD:]).astype(np.int16)
    assert echo_share(both, voice(1)) < ECHO_SHARE


def test_a_reference_that_stopped_explains_its_late_echo_only() -> None:
    stopped = voice(1)
    stopped[-LINE_HZ // 4 :] = 0
    assert echo_share(returned(stopped, 300, 0.5), stopped) > 0.9
    assert echo_share(voice(2)[-HEARD:], stopped) < ECHO_SHARE


def test_a_stretch_that_begins_in_silence_is_explained_too() -> None:
    late = voice(1)
    late[: LINE_HZ - HEARD // 3] = 0
    assert echo_share(returned(late, 0, 0.5), late) > 0.9


def test_silence_on_either_side_and_sounds_too_short_are_nothing() -> None:
    silence = np.zeros(PLAYED, dtype=np.int16)
    assert echo_share(silence[-HEARD:], voice(1)) == 0
    assert echo_share(voice(1)[-HEARD:], silence) == 0
    assert echo_share(voice(1)[-20:], voice(1)) == 0
    assert echo_share(voice(1), voice(1)[-HEARD:]) == 0
    assert echo_share(silence[:0], silence[:0]) == 0


def test_a_pure_tone_is_solved_and_stays_in_range() -> None:
    tone: Pcm = (np.sin(np.arange(PLAYED) * 0.8) * 9000).astype(np.int16)
    assert 0.9 < echo_share(tone[-HEARD:], tone) <= 1
