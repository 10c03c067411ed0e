"""The shared voice activity detector: real model, real recordings where they are to hand."""

import wave
from pathlib import Path

import numpy as np
import pytest

from core.errors import ProviderError
from voice.audio.frame import Sound, silence
from voice.audio.loudness import SILENT_DBFS, with_noise_floor
from voice.audio.resample import resample
from voice.ports import Pcm
from voice.providers.tts_espeak import speak
from voice.vad import WINDOW, SharedVad, VadStream, Voiced

ROOT = next(path for path in Path(__file__).parents if (path / "pyproject.toml").is_file())
RECORDINGS = ROOT.parent / "shared" / "speech"
needs_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason=f"no speech recordings in {RECORDINGS}"
)


@pytest.fixture(scope="module")
def vad() -> SharedVad:
    return SharedVad()


def judge(vad: SharedVad, audio: Pcm) -> list[Voiced]:
    stream = VadStream()
    stream.feed(audio)
    return vad.probabilities([stream])[0]


def recorded(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        sound = Sound(samples[:: file.getnchannels()].copy(), file.getframerate())
    return resample(sound).samples


def share_voiced(judged: list[Voiced]) -> float:
    return float(np.mean([window.probability > 0.5 for window in judged]))


def test_speech_is_voiced_and_what_surrounds_it_is_not(vad: SharedVad) -> None:
    quiet = with_noise_floor(silence(500), -60, seed=1)
    speech = speak("Yes, that is right.", "en-gb", 140)
    judged = judge(vad, np.concatenate((quiet, speech, quiet)))
    inside = [w for w in judged if quiet.size < w.end_sample - WINDOW < quiet.size + 4000]
    before = [w for w in judged if w.end_sample < quiet.size]
    assert share_voiced(inside) > 0.8
    assert share_voiced(before) == 0
    assert judged[-1].probability < 0.5


def test_windows_end_every_256_samples_of_the_call(vad: SharedVad) -> None:
    stream = VadStream()
    ends = []
    for _ in range(10):
        stream.feed(silence(20))
        ends += [window.end_sample for window in vad.probabilities([stream])[0]]
    assert ends == [WINDOW * number for number in range(1, 7)]
    assert stream.windows == 0


def test_pieces_and_batches_do_not_change_the_answer(vad: SharedVad) -> None:
    speech = speak("How much do you charge?", "en-us", 150)
    alone = judge(vad, speech)
    streams = [VadStream() for _ in range(40)]
    together: list[list[Voiced]] = [[] for _ in streams]
    for at in range(0, speech.size, 160):
        for stream in streams:
            stream.feed(speech[at : at + 160])
        for heard, new in zip(together, vad.probabilities(streams), strict=True):
            heard += new
    for heard in together:
        assert [window.end_sample for window in heard] == [w.end_sample for w in alone]
        assert np.allclose(
            [w.probability for w in heard], [w.probability for w in alone], atol=1e-4
        )


def test_a_reset_forgets_the_sound_but_not_the_place(vad: SharedVad) -> None:
    speech = speak("Hello there.", "en-gb")[: 12 * WINDOW]
    stream = VadStream()
    stream.feed(speech)
    first = vad.probabilities([stream])[0]
    stream.reset()
    stream.feed(speech)
    second = vad.probabilities([stream])[0]
    assert [w.probability for w in second] == pytest.approx([w.probability for w in first])
    assert second[0].end_sample == first[-1].end_sample + WINDOW


def test_an_unusable_model_is_a_clear_error(tmp_path: Path) -> None:
    model = tmp_path / "broken.onnx"
    model.write_bytes(b"not a model")
    with pytest.raises(ProviderError, match="cannot be loaded") as caught:
        SharedVad(model)
    assert not caught.value.retryable


@needs_recordings
@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("utterances/*.wav"))[:8], ids=lambda p: p.name
)
def test_people_are_heard(vad: SharedVad, path: Path) -> None:
    voiced = [window for window in judge(vad, recorded(path)) if window.probability > 0.5]
    assert len(voiced) >= 5  # 160 ms: the shortest of them is a single word


def heard_windows(vad: SharedVad, word: Pcm, phase: int) -> int:
    """The most windows in a row that hold speech, when ``word`` breaks digital silence."""
    dead = silence(1500 + phase)
    line = np.concatenate((dead, word, dead))
    runs = "".join("v" if window.probability >= 0.5 else " " for window in judge(vad, line))
    return max(map(len, runs.split()), default=0)


@needs_recordings
@pytest.mark.parametrize("name", ["0_nicolas_27", "2_nicolas_3", "4_theo_3"])
def test_a_short_word_is_heard_though_the_line_is_dead_before_and_after_it(
    vad: SharedVad, name: str
) -> None:
    word, deaf = recorded(RECORDINGS / "digits" / f"{name}.wav"), SharedVad(hiss_dbfs=None)
    phases = (0, 8, 16, 24)
    assert min(heard_windows(vad, word, phase) for phase in phases) >= 2
    assert min(heard_windows(deaf, word, phase) for phase in phases) < 2


@needs_recordings
@pytest.mark.parametrize("name", ["0_nicolas_27", "2_nicolas_27", "4_nicolas_3"])
def test_a_short_word_is_heard_late_in_a_call_in_which_much_was_said(
    vad: SharedVad, name: str
) -> None:
    said = np.concatenate([
        np.concatenate((recorded(path), silence(3000)))
        for path in sorted(RECORDINGS.glob("digits/*_theo_27.wav"))
    ])  # fmt: skip
    word = recorded(RECORDINGS / "digits" / f"{name}.wav")
    for phase in (0, 8, 16, 24):
        line = np.concatenate((said, silence(1000 + phase), word, silence(300)))
        late = [w for w in judge(vad, line) if w.end_sample > said.size + 8000]
        runs = "".join("v" if window.probability >= 0.5 else " " for window in late)
        assert max(map(len, runs.split()), default=0) >= 2


def test_the_hiss_is_no_speech(vad: SharedVad) -> None:
    assert max(window.probability for window in judge(vad, silence(3000))) < 0.1


def test_the_hiss_is_not_counted_as_loudness(vad: SharedVad) -> None:
    levels = [window.level_db for window in judge(vad, silence(200))]
    assert levels == pytest.approx([SILENT_DBFS] * len(levels), abs=0.1)


@needs_recordings
@pytest.mark.parametrize("name", ["office_ambience_8k", "coffee_shop", "ding1"])
def test_rooms_are_not_speech(vad: SharedVad, name: str) -> None:
    assert share_voiced(judge(vad, recorded(RECORDINGS / "noise" / f"{name}.wav"))) < 0.1
